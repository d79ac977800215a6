"""What stands on documents: passports, licences, dates of birth, numbers of vehicles."""

from draws import DIGITS, UPPER, digits, some


def passport(rng):
    icao = "CFGHJKLMNPRTVWXYZ0123456789"
    return rng.choice(
        [
            digits(rng, 9),
            rng.choice(UPPER) + digits(rng, 8),
            "C" + some(rng, "CFGHJKLMNPRTVWXYZ", 1) + digits(rng, 6) + rng.choice(icao),
            digits(rng, 2) + some(rng, UPPER, 2) + digits(rng, 5),
            some(rng, "TM", 1) + rng.choice("RKGSZ") + digits(rng, 7),
            some(rng, UPPER, 2) + digits(rng, 7),
            some(rng, UPPER, 3) + digits(rng, 6),
            rng.choice("ABCDEFGHJKLMNPRSTUVWXYZ") + digits(rng, 7),
        ]
    )


def driver_license(rng):
    return rng.choice(
        [
            rng.choice(UPPER) + digits(rng, 7),
            digits(rng, 9),
            digits(rng, 8),
            rng.choice(UPPER) + digits(rng, 12),
            some(rng, UPPER, 5) + digits(rng, 6) + some(rng, UPPER, 2) + rng.choice("23456789") + some(rng, UPPER, 2),
            rng.choice("ABCDEFGHJKLMNPRSTUVWXYZ")
            + digits(rng, 3)
            + some(rng, UPPER, 3)
            + digits(rng, 2)
            + rng.choice("XY0123456789")
            + rng.choice(DIGITS),
            some(rng, UPPER, 2) + digits(rng, 7) + rng.choice(UPPER),
        ]
    )


def date_of_birth(rng):
    year, month, day = rng.randint(1930, 2008), rng.randint(1, 12), rng.randint(1, 28)
    names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    return rng.choice(
        [
            f"{year}-{month:02}-{day:02}",
            f"{year}-{month:02}-{day:02}",
            f"{day:02}.{month:02}.{year}",
            f"{month:02}/{day:02}/{year}",
            f"{day:02}/{month:02}/{year}",
            f"{year}/{month:02}/{day:02}",
            f"{day} {names[month - 1]} {year}",
            f"{names[month - 1]} {day}, {year}",
            f"{year}{month:02}{day:02}",
            f"{day}.{month}.{year}",
        ]
    )


VIN_SIGNS = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"
VIN_VALUES = dict(zip(VIN_SIGNS, [1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9, *range(10)]))
VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def vin_check(text):
    """The ninth sign of a vehicle's number by 49 CFR 565.15."""
    return "0123456789X"[sum(VIN_VALUES[sign] * weight for sign, weight in zip(text, VIN_WEIGHTS)) % 11]


def vin(rng):
    maker = rng.choice(["1HG", "1FT", "2T1", "3VW", "4T1", "5YJ", "JHM", "KMH", "WBA", "WVW", "YV1", "1G1"])
    text = (
        maker
        + some(rng, VIN_SIGNS, 5)
        + "0"
        + rng.choice("ABCDEFGHJKLMNPRSTVWXY123456789")
        + rng.choice(VIN_SIGNS)
        + digits(rng, 6)
    )
    return text[:8] + vin_check(text) + text[9:]


def not_vin(rng):
    text = vin(rng)
    wrong = text[:8] + rng.choice([sign for sign in "0123456789X" if sign != text[8]]) + text[9:]
    return rng.choice(
        [
            wrong,
            wrong,
            text[:-1],
            text + rng.choice(UPPER),
            text.replace(text[3], "O", 1),
            "I" + text[1:],
            "BUILD" + some(rng, UPPER + DIGITS, 7) + "OQI12",
        ]
    )
