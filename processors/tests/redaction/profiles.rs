//! What each profile hides and keeps, through the processor; and that what is said goes before it.

use super::corpus::{Sample, samples};
use super::*;
use component::settings::{SecretReference, Validate};
use opentelemetry_proto::tonic::common::v1::{InstrumentationScope, KeyValueList};
use opentelemetry_proto::tonic::resource::v1::Resource;
use processors::redaction::{Detector, Detectors, HashKey, Profile};

fn with_profile(profile: Profile) -> Config {
    Config { profile, ..Config::default() }
}

fn build(config: &Config) -> Redaction {
    assert!(config.validate().is_empty(), "{:?}", config.validate());
    config.clone().build(&ComponentId::parse("redaction").unwrap()).unwrap()
}

/// The value of a key as it comes out; nothing where the attribute is taken out.
fn value(redaction: &Redaction, key: &str, value: &str) -> Option<String> {
    let record = LogRecord { attributes: vec![text(key, value)], ..Default::default() };
    let out = redact(redaction, &logs(vec![record]), Signal::Logs);
    let attribute = out.resource_logs[0].scope_logs[0].log_records[0].attributes.first().cloned()?;
    match attribute.value.and_then(|value| value.value) {
        Some(Value::StringValue(text)) => Some(text),
        other => panic!("{key} became {other:?}"),
    }
}

fn body(redaction: &Redaction, text: &str) -> String {
    let record = LogRecord { body: Some(string(text)), ..Default::default() };
    let out = redact(redaction, &logs(vec![record]), Signal::Logs);
    match out.resource_logs[0].scope_logs[0].log_records[0].body.clone().and_then(|body| body.value) {
        Some(Value::StringValue(text)) => text,
        other => panic!("a body became {other:?}"),
    }
}

/// What profiles add to the detectors of the defaults, as the documentation of each has it.
const HIPAA: &[&str] =
    &["us_itin", "phone", "ipv4", "ipv6", "mac", "passport", "driver_license", "date_of_birth", "vin"];
const GDPR: &[&str] = &[
    "uk_nino",
    "uk_nhs",
    "es_nif",
    "es_nie",
    "it_fiscal_code",
    "pl_pesel",
    "fi_hetu",
    "se_personnummer",
    "de_tax_id",
    "fr_nir",
    "nl_bsn",
    "phone",
    "ipv4",
    "ipv6",
    "mac",
    "crypto_wallet",
    "passport",
    "driver_license",
    "date_of_birth",
    "vin",
];

fn is_on(profile: Profile, detector: &str) -> bool {
    let known = Detector::ALL.iter().find(|known| known.name() == detector).unwrap();
    let default = Config::default().on(*known);
    match profile {
        Profile::Default | Profile::Pci => default,
        // Hashes are what is hidden already.
        Profile::Strict => detector != "hashes",
        Profile::Hipaa => default || HIPAA.contains(&detector),
        Profile::Gdpr => default || GDPR.contains(&detector),
    }
}

/// Each detector that is on in a profile hides its samples of the corpus, and one that is off does not look.
#[test]
fn in_each_profile_the_detectors_act_that_are_named_there_and_no_others() {
    let samples = samples("tuning");
    for profile in Profile::ALL {
        // Bodies: no profile takes them out.
        let config = with_profile(profile);
        let redaction = build(&config);
        for detector in Detector::ALL {
            let name = detector.name();
            let of = |sample: &&Sample| sample.detector.as_deref() == Some(name) && sample.key.is_none();
            let sample = samples.iter().find(of);
            assert_eq!(config.on(*detector), is_on(profile, name), "{name} in {profile:?}");
            // The samples of `secret_key` are values of keys.
            let Some(sample) = sample.filter(|_| *detector != Detector::SecretKey) else { continue };
            let finds = redaction.finds("", &sample.text);
            assert_eq!(
                finds.iter().any(|(_, by)| *by == name),
                config.on(*detector),
                "{name} in {profile:?}"
            );
            let out = body(&redaction, &sample.text);
            for secret in sample.secrets.iter().filter(|_| config.on(*detector)) {
                let secret = &sample.text[secret.0..secret.1];
                assert!(!out.contains(secret), "{name} in {profile:?} leaves {secret:?} in {out:?}");
            }
        }
        let secret = value(&redaction, "user.id", "u-1").zip(value(&redaction, "oauth.client_id", "c"));
        assert_eq!(secret, Some(("u-1".into(), "c".into())), "{profile:?}");
        assert_ne!(value(&redaction, "password", "hunter2").as_deref(), Some("hunter2"), "{profile:?}");
    }
}

#[test]
fn actions_are_those_of_the_profile() {
    for (profile, text, expected) in [
        (Profile::Default, "4111 1111 1111 1111", "****"),
        (Profile::Pci, "4111 1111 1111 1111", "****1111"),
        (Profile::Hipaa, "4111 1111 1111 1111", "****"),
        (Profile::Default, "from 10.4.200.17:443", "from 10.4.200.17:443"),
        (Profile::Strict, "from 10.4.200.17:443", "from 10.4.200.0:443"),
        (Profile::Pci, "from 10.4.200.17:443", "from 10.4.200.17:443"),
        (Profile::Hipaa, "from 10.4.200.17:443", "from ****:443"),
        (Profile::Gdpr, "from 10.4.200.17:443", "from 10.4.200.0:443"),
        (Profile::Gdpr, "from 2001:db8:85a3:8d3:1319:8a2e:370:7348", "from 2001:db8:85a3::"),
        (Profile::Gdpr, "call +49 1512 3456789", "call ****"),
        (Profile::Gdpr, "maria@example.org", "****"),
        (Profile::Strict, "maria@example.org", "****"),
    ] {
        assert_eq!(body(&build(&with_profile(profile)), text), expected, "{profile:?}");
    }
}

#[test]
fn what_a_profile_hashes_is_masked_without_a_key_and_hashed_with_one() {
    let key = SecretReference::new("0123456789abcdef0123456789abcdef");
    let hash = HashKey { key_id: "k7".into(), key, tenant_attribute: None };
    let keyed = build(&Config { hash: Some(hash), ..with_profile(Profile::Gdpr) });
    // The vectors of the action's own test.
    assert_eq!(body(&keyed, "maria@example.org"), "p1:k7:p5gnx4vg25ag5bikb5nevcrjym");
    assert!(body(&keyed, "call +49 1512 3456789").starts_with("call p1:k7:"));
    assert_eq!(body(&keyed, "AKIAI44QH8DHBEXAMPLF"), "****");
}

#[test]
fn what_is_said_goes_before_the_profile() {
    let config = serde_json::json!({
        "profile": "gdpr",
        "detectors": { "phone": false, "za_id": true, "ipv6": true },
        "actions": { "email": "keep_domain", "ipv4": "mask" },
        "ignored_keys": ["customer.first_name"],
    });
    let redaction = build(&serde_json::from_value(config).unwrap());
    assert_eq!(body(&redaction, "call +49 1512 3456789"), "call +49 1512 3456789");
    assert_eq!(body(&redaction, "SA ID 8001015009087"), "SA ID ****");
    assert_eq!(body(&redaction, "from 10.4.200.17"), "from ****");
    assert_eq!(body(&redaction, "maria@example.org"), "****@example.org");
    assert_eq!(value(&redaction, "customer.first_name", "Maria").as_deref(), Some("Maria"));
    assert_eq!(value(&redaction, "customer.last_name", "Silva").as_deref(), Some("****"));

    // An action alone switches nothing on, and says so; a detector that a profile has on takes it.
    let problems = |config: serde_json::Value| {
        let config: Config = serde_json::from_value(config).unwrap();
        config.validate().into_iter().map(|problem| problem.path).collect::<Vec<_>>()
    };
    let action = |profile: &str| serde_json::json!({ "profile": profile, "actions": { "phone": "mask" } });
    assert_eq!(problems(action("pci")), ["actions.phone"]);
    assert_eq!(problems(action("hipaa")), Vec::<String>::new());
    // What is said to be hashed needs its key, also where the profile would do without.
    let hashed = serde_json::json!({ "profile": "gdpr", "actions": { "email": "pseudonymize" } });
    assert_eq!(problems(hashed), ["actions.email"]);
}

/// An ordinary audit event comes through `strict`, and what is not on its list does not.
#[test]
fn strict_keeps_what_audit_needs_and_takes_everything_else_out() {
    let kept = [
        ("event.name", "user.login"),
        ("audit.action", "login"),
        ("audit.outcome", "failure"),
        ("user.id", "u-4711"),
        ("user.name", "msilva"),
        ("session.id", "0f4c8e9a"),
        ("client.address", "10.4.200.17"),
        ("http.request.method", "POST"),
        ("http.response.status_code", "401"),
        ("url.path", "/login"),
        ("error.type", "invalid_credentials"),
    ];
    let gone = [
        ("user.email", "maria@example.org"),
        ("user.full_name", "Maria Silva"),
        ("url.query", "q=maria"),
        ("customer.note", "prefers mornings"),
        ("exception.message", "no account for Maria Silva"),
        ("db.query.text", "SELECT 1"),
    ];
    let pairs = |of: &[(&str, &str)]| of.iter().map(|(key, value)| text(key, value)).collect::<Vec<_>>();
    let map = |values| AnyValue { value: Some(Value::KvlistValue(KeyValueList { values })) };
    let nested = |more: Option<KeyValue>| {
        let inner = [text("outcome", "failure")].into_iter().chain(more.clone()).collect();
        let entry = pair("context.occurredAt", map(inner).value.unwrap());
        map([text("event.id", "e-1"), entry].into_iter().chain(more).collect())
    };
    let message = |attributes: Vec<KeyValue>, resource, scope, body| {
        let record = LogRecord { attributes, body: Some(body), ..Default::default() };
        let mut message = logs(vec![record]);
        message.resource_logs[0].resource = Some(Resource { attributes: resource, ..Default::default() });
        let scope = InstrumentationScope { attributes: scope, ..Default::default() };
        message.resource_logs[0].scope_logs[0].scope = Some(scope);
        message
    };
    let sent = message(
        pairs(&[&kept[..], &gone[..]].concat()),
        pairs(&[("service.name", "shop"), ("process.command_line", "shop --user maria")]),
        pairs(&[("service.version", "1"), ("owner", "maria")]),
        nested(Some(text("customer.note", "x"))),
    );
    let mut left = pairs(&kept);
    left[6] = text("client.address", "10.4.200.0");
    let expected =
        message(left, pairs(&[("service.name", "shop")]), pairs(&[("service.version", "1")]), nested(None));
    assert_eq!(redact(&build(&with_profile(Profile::Strict)), &sent, Signal::Logs), expected);
}

#[test]
fn strict_takes_more_keys_and_can_be_opened() {
    let strict = |more: serde_json::Value| {
        let mut config = serde_json::json!({ "profile": "strict" });
        config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        build(&serde_json::from_value(config).unwrap())
    };
    let more = strict(serde_json::json!({ "allowed_keys": ["order.id"] }));
    assert_eq!(value(&more, "order.id", "o-1").as_deref(), Some("o-1"));
    assert_eq!(value(&more, "user.id", "u-1").as_deref(), Some("u-1"));
    assert_eq!(value(&more, "order.note", "x"), None);
    let open = strict(serde_json::json!({ "allow_all_keys": true }));
    assert_eq!(value(&open, "order.note", "x").as_deref(), Some("x"));
    assert_eq!(
        value(&open, "order.note", "za id number 8001015009087").as_deref(),
        Some("za id number ****")
    );
    let closed = strict(serde_json::json!({ "allow_all_keys": false }));
    assert_eq!(value(&closed, "user.id", "u-1").as_deref(), Some("u-1"));
}

#[test]
fn a_key_of_strict_is_listed_once_and_no_secret_and_no_blocked_key_of_another_profile() {
    let keys: Vec<&str> = Profile::Strict.allowed_keys().unwrap().collect();
    let mut once = keys.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), keys.len());
    for profile in Profile::ALL {
        let redaction = build(&with_profile(profile));
        for key in &keys {
            assert_eq!(value(&redaction, key, "x").as_deref(), Some("x"), "{key} in {profile:?}");
        }
    }
}

/// Which keys are hidden as a whole, and which look alike and stay.
#[test]
fn keys_that_a_profile_names_are_hidden_and_others_stay() {
    let hidden: [(Profile, &[&str]); 3] = [
        (
            Profile::Pci,
            &[
                "cvv",
                "card.cvc2",
                "pin",
                "CAV2",
                "card.cvn",
                "cardSecurityCode",
                "card_verification_value",
                "pinBlock",
                "pin_block",
                "track1",
                "card.track_2",
                "trackData",
                "magstripe",
                "magneticStripeData",
                "emv_data",
                "iccData",
                "cardCav2",
                "cardCvn",
                "cardCVD",
                "cardCvd2Value",
                "cardTrack2",
                "encryptedTrack2",
                "cardTrackData",
            ],
        ),
        (
            Profile::Hipaa,
            &[
                "patient.name",
                "firstName",
                "surname",
                "street",
                "billing_address",
                "geo.location.lat",
                "zip",
                "geo.postal_code",
                "city",
                "admission_date",
                "dateOfDeath",
                "birthDate",
                "mrn",
                "patient.mrn",
                "medicalRecordNumber",
                "patient_id",
                "insurance.number",
                "account_number",
                "licensePlate",
                "device.id",
                "serialNumber",
                "imei",
                "patientMrn",
                "patientMRN",
                "mrnValue",
                "deviceImei",
                "memberId",
                "planMemberId",
                "member_no",
                "fax",
                "homeFax",
                "fax_number",
                "faxNumber",
                "userCity",
                "cityName",
                "billingZip",
                "geoLat",
                "patient.address",
                "address",
                "name.first",
                "patient.name.family",
                "biometricTemplate",
                "patient.photo",
            ],
        ),
        (
            Profile::Gdpr,
            &[
                "first_name",
                "customerName",
                "user.full_name",
                "home_address",
                "zip_code",
                "city",
                "shippingCity",
                "address",
                "name.last",
            ],
        ),
    ];
    let kept = [
        "user.name",
        "service.name",
        "k8s.pod.name",
        "host.name",
        "file.name",
        "event.name",
        "soundtrack.id",
        "track.id",
        "pinned",
        "client.address",
        "network.peer.address",
        "capacity",
        "maxCapacity",
        "MAX_LATENCY",
        "maxLatency",
        "LATENCY",
        "remember_id",
        "addressType",
        "facsimile",
        "diskTrackId",
        "cascade",
        "velocity",
        "platform",
        "cloud.account.id",
        "group.id",
        "policy.id",
        "birthday_bonus",
        "certificate.subject",
        "latency",
        "status_code",
        "security.rule",
        "device.model.name",
        "http.request.method",
        "cve",
        "streamed",
    ];
    for (profile, keys) in hidden {
        let redaction = build(&with_profile(profile));
        for key in keys {
            assert_eq!(value(&redaction, key, "some value").as_deref(), Some("****"), "{key} in {profile:?}");
        }
        for key in kept.iter().filter(|key| !(profile == Profile::Hipaa && key.starts_with("birthday"))) {
            assert_eq!(
                value(&redaction, key, "some value").as_deref(),
                Some("some value"),
                "{key} in {profile:?}"
            );
        }
    }
    let default = build(&with_profile(Profile::Default));
    assert_eq!(value(&default, "patient.name", "some value").as_deref(), Some("some value"));
}

#[test]
fn nothing_of_a_magnetic_stripe_stays_in_pci() {
    let pci = build(&with_profile(Profile::Pci));
    for (sent, left) in [
        ("%B4111111111111111^SILVA/MARIA^28121010000012300000?", "****"),
        ("swiped B4111111111111111^SILVA/MARIA M ^2812101 ok", "swiped **** ok"),
        (";4111111111111111=28121010000012300000?", "****"),
        ("read ;4111111111111111=28121010000012300000? at till 3", "read **** at till 3"),
        ("57: 4111111111111111D28121010000012300000", "57: ****"),
        ("%B4111111111111111^SILVA/MARIA^28121010000012300000?;4111111111111111=2812101?", "********"),
        ("id=4111111111111111 n=28121010000", "id=****1111 n=28121010000"),
        ("1763798400123=1763798400", "1763798400123=1763798400"),
    ] {
        assert_eq!(body(&pci, sent), left, "{sent}");
    }
    // An exception may name what the profile looks for.
    let skips = serde_json::json!({
        "profile": "pci", "exceptions": [{ "keys": ["order.track"], "skip": ["card_track", "payment_card"] }],
    });
    let skips = build(&serde_json::from_value(skips).unwrap());
    let track = ";4111111111111111=28121010000012300000?";
    assert_eq!(value(&skips, "order.track", track).as_deref(), Some(track));
    assert_eq!(value(&skips, "order.note", track).as_deref(), Some("****"));
    // A detector of the operator's own by that name stands in its place.
    let own = serde_json::json!({
        "profile": "pci", "custom_detectors": { "card_track": { "pattern": "TRACK-[0-9]+" } },
    });
    let own = build(&serde_json::from_value(own).unwrap());
    assert_eq!(body(&own, "TRACK-12"), "****");
    assert!(body(&own, ";4111111111111111=28121010000012300000?").ends_with("=28121010000012300000?"));
}

#[test]
fn switches_that_are_not_said_are_those_of_the_profile() {
    let off = Detectors { email: Some(false), ..Detectors::default() };
    for profile in Profile::ALL {
        let config = Config { detectors: off.clone(), ..with_profile(profile) };
        assert!(!config.on(Detector::Email), "{profile:?}");
        assert!(config.on(Detector::Jwt), "{profile:?}");
    }
}
