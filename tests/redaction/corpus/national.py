"""Numbers that states and their offices give to persons. Each is drawn from its form until
python-stdnum (or the rule written here, where it has none) takes it for valid."""

import importlib
import re
from dataclasses import dataclass

from draws import DIGITS, UPPER, digits, grouped, wrong_last


def date6(rng, order="ymd"):
    year, month, day = rng.randint(40, 99), rng.randint(1, 12), rng.randint(1, 28)
    return {"ymd": f"{year:02}{month:02}{day:02}", "dmy": f"{day:02}{month:02}{year:02}"}[order]


def drawn(pattern):
    """Draws from a form: 9 is a digit, small letters are kinds of signs, the rest stands for itself."""
    kinds = {
        "9": lambda rng: rng.choice(DIGITS),
        "a": lambda rng: rng.choice(UPPER),
        "c": lambda rng: rng.choice("BCDFGLMNPRSTVZ"),
        "x": lambda rng: rng.choice("12"),
        "s": lambda rng: rng.choice("STFG"),
        "z": lambda rng: rng.choice("XYZ"),
        "m": lambda rng: f"{rng.randint(1, 12):02}",
        "h": lambda rng: rng.choice("ABCDEHLMPRST"),
        "p": lambda rng: rng.choice("ABCDEFGHILMZ"),
        "b": lambda rng: f"{rng.randint(1, 28):02}",
        "y": lambda rng: date6(rng),
        "d": lambda rng: date6(rng, "dmy"),
    }
    return lambda rng: "".join(kinds[sign](rng) if sign in kinds else sign for sign in pattern)


def nino_is_valid(text):
    """HMRC's rule for National Insurance numbers: no D F I Q U V first, O second, nor seven pairs."""
    match = re.fullmatch(r"([A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z])\d{6}[A-D]", text.replace(" ", ""))
    return bool(match) and match.group(1) not in ("BG", "GB", "NK", "KN", "TN", "NT", "ZZ")


def medicare_is_valid(text):
    """Services Australia's check digit: the ninth of ten digits, weights 1 3 7 9."""
    number = text.replace(" ", "")
    weights = (1, 3, 7, 9, 1, 3, 7, 9)
    return bool(re.fullmatch(r"[2-6]\d{8}[1-9]", number)) and sum(
        w * int(d) for w, d in zip(weights, number)
    ) % 10 == int(number[8])


def nric_is_valid(text):
    """The check letter of Singapore's NRIC and FIN (S, T, F, G)."""
    if not re.fullmatch(r"[STFG]\d{7}[A-Z]", text):
        return False
    total = sum(w * int(d) for w, d in zip((2, 7, 6, 5, 4, 3, 2), text[1:8])) + (4 if text[0] in "TG" else 0)
    return text[8] == ("JZIHGFEDCBA" if text[0] in "ST" else "XWUTRQPNMLK")[total % 11]


def itin_is_valid(text):
    """The groups of the Internal Revenue Service (IRM 3.21.263): 50-65 since 2011, which python-stdnum does not know."""
    match = re.fullmatch(r"9\d{2}([5-9]\d)\d{4}", re.sub(r"[ -]", "", text))
    return bool(match) and int(match.group(1)) not in (66, 67, 68, 69, 89, 93)


OWN = {"itin": itin_is_valid, "nino": nino_is_valid, "medicare": medicare_is_valid, "nric": nric_is_valid}


def validator(name):
    return OWN.get(name) or importlib.import_module(f"stdnum.{name}").is_valid


@dataclass(frozen=True)
class Number:
    """One kind of number: its form, its oracle, how it is written, and the words that announce it."""

    name: str
    oracle: str
    form: str
    layouts: tuple
    labels: tuple
    keys: tuple
    bare: bool = False  # Recognisable without a word that announces it.
    signs: str = DIGITS  # What its last sign is drawn from.

    def number(self, rng):
        valid, draw = validator(self.oracle), drawn(self.form)
        while True:
            text = draw(rng)
            if self.signs is not DIGITS:
                text = next((text[:-1] + sign for sign in self.signs if valid(text[:-1] + sign)), text)
            if valid(text):
                return text

    def value(self, rng):
        sizes, joint = rng.choice(self.layouts)
        return grouped(self.number(rng), sizes, joint)

    def near(self, rng):
        valid = validator(self.oracle)
        sizes, joint = rng.choice(self.layouts)
        while True:
            text = self.number(rng)
            # The check is the last sign of most and elsewhere in some: two ways to miss it.
            at = rng.randrange(1, len(text))
            other = (
                text[:at]
                + rng.choice([sign for sign in (UPPER if text[at].isalpha() else DIGITS) if sign != text[at]])
                + text[at + 1 :]
            )
            wrong = rng.choice([other, wrong_last(text, rng, self.signs), wrong_last(text, rng, self.signs)])
            if not valid(wrong):
                break
        kind = rng.randrange(8)
        # Thirteen more make a row that is no card either.
        if kind == 0:
            return text + digits(rng, 13)
        if kind == 1:
            return digits(rng, 13) + text
        if kind == 2:
            return "x" + text + "q"
        return grouped(wrong, sizes, joint)


NONE = ((), "")
NUMBERS = [
    Number(
        "us_itin",
        "itin",
        "999999999",
        (((3, 2), "-"), ((3, 2), "-"), ((3, 2), " ")),
        ("ITIN", "taxpayer id", "individual taxpayer identification number"),
        ("itin", "taxpayer_id", "us_itin"),
    ),
    Number(
        "uk_nino",
        "nino",
        "aa999999a",
        (NONE, ((2, 2, 2, 2), " ")),
        ("NINO", "National Insurance number", "NI number"),
        ("nino", "ni_number", "national_insurance_number"),
        True,
        "ABCD",
    ),
    Number(
        "uk_nhs",
        "gb.nhs",
        "9999999999",
        (NONE, ((3, 3), " "), ((3, 3), "-")),
        ("NHS number", "NHS no.", "patient NHS"),
        ("nhs_number", "nhsNumber", "patient.nhs_no"),
    ),
    Number(
        "es_nif",
        "es.dni",
        "99999999a",
        (NONE, NONE, ((8,), "-")),
        ("NIF", "DNI", "documento nacional"),
        ("nif", "dni", "customer_nif"),
        True,
        UPPER,
    ),
    Number(
        "es_nie",
        "es.nie",
        "z9999999a",
        (NONE, NONE, ((1, 7), "-")),
        ("NIE", "número de extranjero", "NIE del titular"),
        ("nie", "es_nie", "titular.nie"),
        True,
        UPPER,
    ),
    Number(
        "it_fiscal_code",
        "it.codicefiscale",
        "cccccc99hbp999a",
        (NONE,),
        ("codice fiscale", "CF", "codice fiscale del cliente"),
        ("codice_fiscale", "fiscal_code", "codiceFiscale"),
        True,
        UPPER,
    ),
    Number(
        "pl_pesel",
        "pl.pesel",
        "y99999",
        (NONE,),
        ("PESEL", "numer PESEL", "nr PESEL"),
        ("pesel", "pesel_number", "klient.pesel"),
    ),
    Number(
        "fi_hetu",
        "fi.hetu",
        "d-999a",
        (NONE,),
        ("henkilötunnus", "HETU", "personal identity code"),
        ("hetu", "henkilotunnus", "fi_hetu"),
        True,
        "0123456789ABCDEFHJKLMNPRSTUVWXY",
    ),
    Number(
        "se_personnummer",
        "se.personnummer",
        "y-9999",
        (NONE, NONE),
        ("personnummer", "svenskt personnummer", "pnr"),
        ("personnummer", "person_nummer", "personnr"),
    ),
    Number(
        "de_tax_id",
        "de.idnr",
        "99999999999",
        (NONE, ((2, 3, 3), " ")),
        ("Steuer-ID", "IdNr.", "Steueridentifikationsnummer"),
        ("steuer_id", "idnr", "tax_id"),
    ),
    Number(
        "fr_nir",
        "fr.nir",
        "x99m9999999999",
        (NONE, ((1, 2, 2, 2, 3, 3), " ")),
        ("NIR", "numéro de sécurité sociale", "n° sécu"),
        ("nir", "numero_secu", "insee_nir"),
        True,
    ),
    Number(
        "nl_bsn",
        "nl.bsn",
        "999999999",
        (NONE, ((4, 2), "."), ((4, 2), "-")),
        ("BSN", "burgerservicenummer", "sofinummer"),
        ("bsn", "burgerservicenummer", "patient_bsn"),
    ),
    Number(
        "in_aadhaar",
        "in_.aadhaar",
        "999999999999",
        (NONE, ((4, 4), " "), ((4, 4), "-")),
        ("Aadhaar", "Aadhaar number", "UIDAI"),
        ("aadhaar", "aadhaar_number", "uidai_number"),
    ),
    Number(
        "au_tfn",
        "au.tfn",
        "999999999",
        (NONE, ((3, 3), " "), ((3, 3), "-")),
        ("TFN", "tax file number", "ATO TFN"),
        ("tfn", "tax_file_number", "au_tfn"),
    ),
    Number(
        "au_abn",
        "au.abn",
        "99999999999",
        (NONE, ((2, 3, 3), " ")),
        ("ABN", "Australian Business Number", "supplier ABN"),
        ("abn", "business_abn", "australian_business_number"),
    ),
    Number(
        "au_medicare",
        "medicare",
        "9999999991",
        (NONE, ((4, 5), " "), ((4, 5), "-")),
        ("Medicare", "Medicare number", "Medicare card"),
        ("medicare", "medicare_number", "medicareNo"),
    ),
    Number(
        "sg_nric",
        "nric",
        "s9999999a",
        (NONE,),
        ("NRIC", "FIN", "NRIC no."),
        ("nric", "nric_fin", "nricNumber"),
        True,
        UPPER,
    ),
    Number(
        "kr_rrn",
        "kr.rrn",
        "y-x999999",
        (NONE, NONE),
        ("주민등록번호", "RRN", "resident registration number"),
        ("rrn", "jumin", "resident_registration_number"),
        True,
    ),
    Number(
        "br_cpf",
        "br.cpf",
        "99999999999",
        (NONE, ((3, 3, 3), "..-")),
        ("CPF", "CPF do titular", "cadastro de pessoa"),
        ("cpf", "cliente_cpf", "numeroCpf"),
    ),
    Number(
        "br_cnpj",
        "br.cnpj",
        "99999999000199",
        (NONE, ((2, 3, 3, 4), "../-")),
        ("CNPJ", "CNPJ da empresa", "cadastro CNPJ"),
        ("cnpj", "empresa_cnpj", "numeroCnpj"),
    ),
    Number(
        "ca_sin",
        "ca.sin",
        "999999999",
        (NONE, ((3, 3), " "), ((3, 3), "-")),
        ("SIN", "Canadian SIN", "NAS"),
        ("sin", "ca_sin", "sin_number"),
    ),
    Number(
        "za_id",
        "za.idnr",
        "y9999089",
        (NONE,),
        ("ID number", "SA ID", "identity number"),
        ("sa_id", "id_number", "za_id_number"),
    ),
    Number(
        "th_tnin",
        "th.pin",
        "9999999999999",
        (NONE, ((1, 4, 5, 2), "-"), ((1, 4, 5, 2), " ")),
        ("เลขประจำตัวประชาชน", "Thai ID", "TNIN"),
        ("thai_id", "tnin", "citizen_id"),
    ),
    Number(
        "tr_id",
        "tr.tckimlik",
        "99999999999",
        (NONE,),
        ("TC Kimlik No", "T.C. kimlik", "TCKN"),
        ("tckn", "tc_kimlik", "tcKimlikNo"),
    ),
]
