//! A page of metrics as Prometheus reads it.

use std::collections::BTreeMap;

/// One line.
#[derive(Clone, Debug)]
pub struct Sample {
    pub name: String,
    pub labels: BTreeMap<String, String>,
    pub value: f64,
}

/// All lines but the comments.
pub struct Page(pub Vec<Sample>);

impl Page {
    /// Fails on a line that is not Prometheus text.
    pub fn parse(text: &str) -> Page {
        let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        Page(lines.map(|line| sample(line).unwrap_or_else(|| panic!("no sample: {line}"))).collect())
    }

    /// The sum of the series of a metric that carry these labels, 0 where there is none.
    pub fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let carries = |sample: &&Sample| {
            sample.name == name
                && labels.iter().all(|(key, value)| sample.labels.get(*key).is_some_and(|has| has == value))
        };
        self.0.iter().filter(carries).map(|sample| sample.value).sum()
    }

    /// What became of an exporter's records.
    pub fn accounts(&self, exporter: &str) -> Accounts {
        let sum = |what: &str, labels: &[(&str, &str)]| {
            let labels = [&[("exporter", exporter)], labels].concat();
            self.sum(&format!("weir_exporter_{what}_records"), &labels) as u64
        };
        Accounts {
            accepted: sum("accepted", &[]),
            delivered: sum("delivered", &[]),
            dead_lettered: sum("dead_lettered", &[]),
            refused: sum("dropped", &[("reason", "refused")]),
            dropped: sum("dropped", &[]),
            waiting: sum("waiting", &[]),
        }
    }
}

/// The accounting of one exporter, in records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accounts {
    pub accepted: u64,
    pub delivered: u64,
    pub dead_lettered: u64,
    /// A part of `dropped`.
    pub refused: u64,
    pub dropped: u64,
    pub waiting: u64,
}

impl Accounts {
    /// Every accepted record is accounted for, at every moment.
    pub fn assert_balanced(&self) {
        let Accounts { accepted, delivered, dead_lettered, dropped, waiting, .. } = *self;
        assert_eq!(accepted, delivered + dead_lettered + dropped + waiting, "{self:?}");
    }
}

fn sample(line: &str) -> Option<Sample> {
    let (series, value) = line.rsplit_once(' ')?;
    let (name, labels) = match series.split_once('{') {
        Some((name, labels)) => (name, labels.strip_suffix('}')?),
        None => (series, ""),
    };
    // No label of weir's own holds a comma or a quote.
    let label = |pair: &str| {
        let (key, value) = pair.split_once('=')?;
        Some((key.to_owned(), value.strip_prefix('"')?.strip_suffix('"')?.to_owned()))
    };
    let labels = labels.split(',').filter(|pair| !pair.is_empty()).map(label).collect::<Option<_>>()?;
    Some(Sample { name: name.to_owned(), labels, value: value.parse().ok()? })
}
