"""What stands around a secret: users, hosts, times, ids. Nothing here is personal but what is marked
with the detector that may hide it."""

from datetime import datetime, timedelta, timezone

from faker import Faker

VERBS = ["login", "logout", "update", "create", "delete", "export", "approve", "read", "grant", "revoke"]
SERVICES = ["billing", "ledger", "identity", "gateway", "catalog", "shipping", "claims", "payroll", "vault-sync"]
OUTCOMES = ["success", "failure", "denied", "unknown"]
NAMESPACES = ["default", "kube-system", "payments", "monitoring", "ingress-nginx", "team-blue"]
REGIONS = ["eu-central-1", "us-east-1", "ap-northeast-1", "eu-west-3"]
METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH"]
STATUS = ["200", "201", "204", "301", "400", "401", "403", "404", "409", "429", "500", "503"]
PATHS = [
    "/api/v1/orders",
    "/accounts/search",
    "/v2/users",
    "/health",
    "/oauth/callback",
    "/reports/2026/q3",
    "/static/app.js",
]
AGENTS = [
    "curl/8.10.1",
    "Go-http-client/2.0",
    "python-requests/2.32.3",
    "okhttp/4.12.0",
    "kube-probe/1.31",
    "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36",
]
NAMES = None


def names():
    """Given and family names of several languages, from Faker's lists."""
    global NAMES
    if NAMES is None:
        faker = Faker(["en_US", "de_DE", "fr_FR", "es_ES", "it_IT", "pl_PL"])
        faker.seed_instance(20260101)
        NAMES = sorted({(faker.first_name(), faker.last_name()) for _ in range(400)})
    return NAMES


class Fields:
    """Fills the fields around a secret from one source of randomness."""

    def __init__(self, rng, label="", key="value"):
        self.rng, self.label, self.key = rng, label, key

    def __call__(self, name):
        filling = getattr(self, name)()
        return filling if isinstance(filling, tuple) else (filling, None)

    def hex(self, length):
        return "".join(self.rng.choice("0123456789abcdef") for _ in range(length))

    def digits(self, length):
        return str(self.rng.randint(1, 9)) + "".join(self.rng.choice("0123456789") for _ in range(length - 1))

    def L(self):
        return self.label

    def K(self):
        return self.key

    def when(self):
        seconds = self.rng.randrange(1_735_689_600, 1_798_761_600)
        return datetime.fromtimestamp(seconds, timezone.utc) + timedelta(microseconds=self.rng.randrange(1_000_000))

    def ts(self):
        return self.when().strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def ts_ms(self):
        return self.when().isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def clf(self):
        return self.when().strftime("%d/%b/%Y:%H:%M:%S +0000")

    def syslog(self):
        return self.when().strftime("%b %d %H:%M:%S")

    def sqlts(self):
        return self.when().strftime("%Y-%m-%d %H:%M:%S")

    def epoch(self):
        return str(int(self.when().timestamp()))

    def epoch_ms(self):
        return str(int(self.when().timestamp() * 1000))

    def epoch_us(self):
        return str(int(self.when().timestamp() * 1_000_000))

    def epoch_ns(self):
        return str(int(self.when().timestamp()) * 1_000_000_000 + self.rng.randrange(1_000_000_000))

    def user(self):
        given, family = self.rng.choice(names())
        plain = "".join(c for c in family.lower() if c.isascii() and c.isalpha()) or "kim"
        return given[0].lower() + plain if given[0].isascii() else plain

    def uid(self):
        return "u-" + self.digits(5)

    def host(self):
        return f"{self.rng.choice(['web', 'db', 'app', 'edge', 'node'])}-{self.rng.randint(1, 64):02}"

    def fqdn(self):
        return f"{self.host()}.{self.rng.choice(['prod', 'stage', 'fra1'])}.internal"

    def ip(self):
        first = self.rng.choice([10, 172, 192, 203, 198])
        rest = {
            10: (self.rng.randint(0, 255), self.rng.randint(0, 255)),
            172: (self.rng.randint(16, 31), self.rng.randint(0, 255)),
            192: (168, self.rng.randint(0, 255)),
            203: (0, 113),
            198: (51, 100),
        }[first]
        return f"{first}.{rest[0]}.{rest[1]}.{self.rng.randint(1, 254)}", "ipv4"

    def ip6(self):
        return f"2001:db8:{self.hex(4)}::{self.rng.randint(1, 9999):x}", "ipv6"

    def mac(self):
        return ":".join(self.hex(2) for _ in range(6)), "mac"

    def port(self):
        return str(self.rng.randint(1024, 65535))

    def pid(self):
        return str(self.rng.randint(200, 99999))

    def ms(self):
        return str(self.rng.randint(1, 4000))

    def size(self):
        return str(self.rng.randint(100, 99_000_000))

    def n(self):
        return str(self.rng.randint(1, 999))

    def uuid(self):
        return f"{self.hex(8)}-{self.hex(4)}-4{self.hex(3)}-{self.rng.choice('89ab')}{self.hex(3)}-{self.hex(12)}"

    def trace(self):
        return self.hex(32)

    def span(self):
        return self.hex(16)

    def sha(self):
        return self.hex(64)

    def sha1(self):
        return self.hex(40)

    def order(self):
        return f"{self.rng.choice(['SO', 'PO', 'INV', 'RMA'])}-{self.digits(8)}"

    def verb(self):
        return self.rng.choice(VERBS)

    def service(self):
        return self.rng.choice(SERVICES)

    def outcome(self):
        return self.rng.choice(OUTCOMES)

    def ns(self):
        return self.rng.choice(NAMESPACES)

    def pod(self):
        return f"{self.service()}-{self.hex(10)}-{''.join(self.rng.choice('bcdfghjklmnpqrstvwxz2456789') for _ in range(5))}"

    def region(self):
        return self.rng.choice(REGIONS)

    def method(self):
        return self.rng.choice(METHODS)

    def status(self):
        return self.rng.choice(STATUS)

    def path(self):
        return self.rng.choice(PATHS)

    def agent(self):
        return self.rng.choice(AGENTS)

    def version(self):
        return f"{self.rng.randint(0, 30)}.{self.rng.randint(0, 40)}.{self.rng.randint(0, 20)}"
