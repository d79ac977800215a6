"""Every detector that the corpus has samples of, in the order of the files."""

from by_form import CREDENTIALS
from by_name import SECRETS_BY_NAME
from by_person import NATIONAL, PERSONAL

DETECTORS = CREDENTIALS + SECRETS_BY_NAME + PERSONAL + NATIONAL
