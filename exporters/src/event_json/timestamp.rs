//! RFC 3339 in UTC, with nanoseconds.

/// Writes times; the date and the second are kept, because records of a batch mostly share them.
pub(super) struct Timestamps {
    /// Where the second begins, in nanoseconds since the Unix epoch.
    second: u64,
    text: [u8; 30],
}

impl Default for Timestamps {
    fn default() -> Timestamps {
        Timestamps { second: 0, text: *b"1970-01-01T00:00:00.000000000Z" }
    }
}

impl Timestamps {
    /// The text of a time in nanoseconds since the Unix epoch, which reach to the year 2554.
    pub(super) fn rfc3339(&mut self, unix_nano: u64) -> &[u8; 30] {
        const SECOND: u64 = 1_000_000_000;
        let [date_time @ .., _, m0, m1, m2, u0, u1, u2, n0, n1, n2, _] = &mut self.text;
        if unix_nano.checked_sub(self.second).is_none_or(|nanos| nanos >= SECOND) {
            *date_time = self::date_time(unix_nano / SECOND);
            self.second = unix_nano / SECOND * SECOND;
        }
        let nanos = (unix_nano - self.second) as u32;
        [*m0, *m1, *m2] = three(nanos / 1_000_000);
        [*u0, *u1, *u2] = three(nanos / 1000 % 1000);
        [*n0, *n1, *n2] = three(nanos % 1000);
        &self.text
    }
}

/// The digits of a number below 1000.
#[inline]
fn three(number: u32) -> [u8; 3] {
    [number / 100, number / 10 % 10, number % 10].map(|digit| b'0' + digit as u8)
}

/// `YYYY-MM-DDThh:mm:ss`
fn date_time(second: u64) -> [u8; 19] {
    let (days, second) = (second / 86_400, second % 86_400);
    let (year, month, day) = civil(days);
    let two = |number: u64| [b'0' + (number / 10 % 10) as u8, b'0' + (number % 10) as u8];
    let [[y0, y1], [y2, y3]] = [two(year / 100), two(year)];
    let [[m0, m1], [d0, d1]] = [two(month), two(day)];
    let [[h0, h1], [i0, i1], [s0, s1]] = [two(second / 3600), two(second / 60 % 60), two(second % 60)];
    [y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1, b'T', h0, h1, b':', i0, i1, b':', s0, s1]
}

/// Year, month and day of a day since 1970-01-01. Years begin in March here, which puts the leap day
/// last and makes a month's first day a linear function.
fn civil(days: u64) -> (u64, u64, u64) {
    // 719468 days lie between 0000-03-01 and 1970-01-01; 146097 are four centuries.
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let year = year + era * 400;
    match month {
        0..=9 => (year, month + 3, day),
        _ => (year + 1, month - 9, day),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn times_are_written_as_jiff_writes_them(times: Vec<u64>) {
            let mut timestamps = Timestamps::default();
            for time in times.into_iter().chain([u64::MAX, 0, 951_782_400_000_000_000]) {
                let text = jiff::Timestamp::from_nanosecond(time.into()).map(|time| format!("{time:.9}"));
                prop_assert_eq!(Ok(String::from_utf8_lossy(timestamps.rfc3339(time)).into_owned()), text.map_err(|_| ()));
            }
        }
    }
}
