//! Forms of JSON, one by one: what is taken, what is refused and in which words.

use pdata::view::AnyValue;
use pdata::{Limits, Malformed, Request, Signal, json};

fn decode(signal: Signal, text: impl AsRef<[u8]>) -> Result<Request, Malformed> {
    json::decode(signal, text.as_ref(), &Limits::default())
}

fn canonical(request: &Request) -> String {
    let mut text = Vec::new();
    json::encode(request.signal(), std::slice::from_ref(request), &mut text);
    String::from_utf8(text).unwrap()
}

fn record(fields: &str) -> String {
    format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{{fields}}}]}}]}}]}}"#)
}

fn body(fields: &str) -> String {
    record(&format!(r#""body":{{{fields}}}"#))
}

fn histogram(fields: &str) -> String {
    format!(
        r#"{{"resourceMetrics":[{{"scopeMetrics":[{{"metrics":[{{"histogram":{{"dataPoints":[{{{fields}}}]}}}}]}}]}}]}}"#
    )
}

/// Each form of a log record reads as the canonical one beside it.
#[test]
fn every_form_that_the_specifications_allow_is_taken() {
    let forms = [
        // Names in either spelling, with escapes, with white space around everything.
        (r#""time_unix_nano":"1""#, r#""timeUnixNano":"1""#),
        (r#""tim\u0065UnixNano":"1""#, r#""timeUnixNano":"1""#),
        (" \"flags\" :\r\n\t1 ", r#""flags":1"#),
        // Null is absent, also in front of the field itself and of another member of the oneof.
        (r#""body":null,"attributes":null,"traceId":null,"severityNumber":null"#, ""),
        (r#""flags":null,"flags":1"#, r#""flags":1"#),
        (r#""body":{"stringValue":null,"intValue":1}"#, r#""body":{"intValue":"1"}"#),
        (r#""attributes":[{"key":"a","value":null}]"#, r#""attributes":[{"key":"a"}]"#),
        (r#""body":{"arrayValue":{"values":[null]}}"#, r#""body":{"arrayValue":{"values":[{}]}}"#),
        // Whole numbers in every form, exact beyond 53 bits.
        (r#""timeUnixNano":18446744073709551615"#, r#""timeUnixNano":"18446744073709551615""#),
        (r#""timeUnixNano":1.0"#, r#""timeUnixNano":"1""#),
        (r#""timeUnixNano":"1.76e18""#, r#""timeUnixNano":"1760000000000000000""#),
        (r#""timeUnixNano":9007199254740993.0"#, r#""timeUnixNano":"9007199254740993""#),
        (r#""body":{"intValue":-9223372036854775808}"#, r#""body":{"intValue":"-9223372036854775808"}"#),
        (r#""flags":"1","droppedAttributesCount":"2""#, r#""flags":1,"droppedAttributesCount":2"#),
        (r#""flags":10e-1"#, r#""flags":1"#),
        (r#""body":{"stringValueStrindex":"-1"}"#, r#""body":{"stringValueStrindex":-1}"#),
        // Enumerations.
        (r#""severityNumber":"SEVERITY_NUMBER_INFO""#, r#""severityNumber":9"#),
        (r#""severityNumber":"9""#, r#""severityNumber":9"#),
        (r#""severityNumber":99"#, r#""severityNumber":99"#),
        // Doubles.
        (r#""body":{"doubleValue":"NaN"}"#, r#""body":{"doubleValue":"NaN"}"#),
        (r#""body":{"doubleValue":"-Infinity"}"#, r#""body":{"doubleValue":"-Infinity"}"#),
        (r#""body":{"doubleValue":"1.5"}"#, r#""body":{"doubleValue":1.5}"#),
        (r#""body":{"doubleValue":1}"#, r#""body":{"doubleValue":1.0}"#),
        (r#""body":{"doubleValue":-0}"#, r#""body":{"doubleValue":-0.0}"#),
        // Base64: both alphabets, with and without padding.
        (r#""body":{"bytesValue":"-_8="}"#, r#""body":{"bytesValue":"+/8="}"#),
        (r#""body":{"bytesValue":"+/8"}"#, r#""body":{"bytesValue":"+/8="}"#),
        (r#""body":{"bytesValue":"+\/8="}"#, r#""body":{"bytesValue":"+/8="}"#),
        (r#""body":{"bytesValue":""}"#, r#""body":{"bytesValue":""}"#),
        // Ids.
        (r#""spanId":"AbCdEf0123456789","traceId":"""#, r#""spanId":"abcdef0123456789","traceId":"""#),
        // Unknown fields, whatever they hold; an unknown one may stand twice.
        (r#""x":{"y":[1,{"z":null}]},"x":-1e999,"flags":1,"x":"\ud83d\ude00""#, r#""flags":1"#),
        (r#""body":{"x":1}"#, r#""body":{}"#),
        // What is said stays, the default too.
        (r#""flags":0,"severityText":"""#, r#""flags":0,"severityText":"""#),
        // Strings.
        (r#""severityText":"\ud83d\ude00\n\u0000é\/""#, "\"severityText\":\"😀\\n\\u0000é/\""),
    ];
    for (form, expected) in forms {
        let request =
            decode(Signal::Logs, record(form)).unwrap_or_else(|error| unreachable!("{form}: {error}"));
        assert_eq!(canonical(&request), record(expected), "{form}");
        assert_eq!(request.records(), 1);
    }
}

#[test]
fn numbers_in_lists_take_every_form_too() {
    let text = histogram(r#""bucketCounts":[1,"2",3.0],"explicit_bounds":["NaN",1,"-Infinity"],"sum":0"#);
    let expected =
        histogram(r#""bucketCounts":["1","2","3"],"explicitBounds":["NaN",1.0,"-Infinity"],"sum":0.0"#);
    assert_eq!(canonical(&decode(Signal::Metrics, text).unwrap()), expected);
    let empty = decode(Signal::Metrics, histogram(r#""bucketCounts":[],"exemplars":[]"#)).unwrap();
    assert_eq!(canonical(&empty), histogram(""));
}

#[test]
fn a_request_may_be_empty_and_begin_with_a_byte_order_mark() {
    for text in ["{}", " {\n} ", "\u{feff}{}", r#"{"resourceLogs":[]}"#, r#"{"resourceLogs":null}"#] {
        let request = decode(Signal::Logs, text).unwrap();
        assert_eq!((request.bytes().len(), request.records()), (0, 0), "{text}");
        assert_eq!(canonical(&request), "{}");
    }
}

#[test]
fn every_refusal_says_what_and_where_and_shows_no_value() {
    let deep = "[".repeat(10_000);
    let deep_map = format!("{{{}", r#""x":{"#.repeat(10_000));
    let deep_value = body(&r#""arrayValue":{"values":[{"#.repeat(10_000));
    let long_id = record(r#""traceId":"00112233445566778899aabbccddeeff00""#);
    let forms: &[(&str, &str, &str)] = &[
        ("", "text is empty", ""),
        (" \n", "text is empty", ""),
        ("null", "expected an object", ""),
        ("[]", "expected an object", ""),
        ("{", "text ends too early", ""),
        ("{}{}", "there is more behind the object", ""),
        ("{} x", "there is more behind the object", ""),
        ("{,}", "expected a name in quotes", ""),
        ("{\"x\" 1}", "expected a colon", ""),
        ("{\"x\":1,}", "comma with nothing behind it", ""),
        ("{\"x\":1 \"y\":2}", "expected a comma or the end of the object or array", ""),
        ("{\"x\":01}", "expected a comma or the end of the object or array", ""),
        ("{\"x\":+1}", "expected a value", ""),
        ("{\"x\":nul}", "expected a value", ""),
        ("{\"x\":\"\n\"}", "control character in a string", ""),
        ("{\"x\":\"\\x\"}", "invalid escape in a string", ""),
        ("{\"x\":\"\\ud800\"}", "invalid escape in a string", ""),
        (&format!("{{\"x\":{deep}"), "text is nested too deep", ""),
        (&deep_map, "text is nested too deep", ""),
        (&deep_value, "message is nested too deep", DEEP_PATH),
        (r#"{"resourceLogs":{}}"#, "expected an array", "resourceLogs"),
        (r#"{"resourceLogs":[null]}"#, "expected an object", "resourceLogs"),
        (&record(r#""flags":1,"flags":1"#), "field stands twice", FLAGS),
        (&record(r#""attributes":[],"attributes":[]"#), "field stands twice", ATTRIBUTES),
        (&record(r#""severityText":"a","severity_text":"a""#), "field stands twice", SEVERITY_TEXT),
        (&body(r#""stringValue":"a","intValue":1"#), "a second field of a oneof is set", INT),
        (&record(r#""flags":4294967296"#), "number is not whole or out of range", FLAGS),
        (&record(r#""flags":-1"#), "number is not whole or out of range", FLAGS),
        (&record(r#""flags":0.5"#), "number is not whole or out of range", FLAGS),
        (&record(r#""flags":"""#), "string is not a number", FLAGS),
        (&record(r#""flags":" 1""#), "string is not a number", FLAGS),
        (&record(r#""flags":"0x1""#), "string is not a number", FLAGS),
        (&record(r#""flags":true"#), "expected a number", FLAGS),
        (&record(r#""flags":[]"#), "expected a number", FLAGS),
        (
            &record(r#""severityNumber":"INFO""#),
            "string is neither a name of the enumeration nor a number",
            "resourceLogs.scopeLogs.logRecords.severityNumber",
        ),
        (&body(r#""intValue":"9223372036854775808""#), "number is not whole or out of range", INT),
        (&body(r#""doubleValue":1e400"#), "number is out of range", DOUBLE),
        (&body(r#""doubleValue":"inf""#), "string is not a number", DOUBLE),
        (&body(r#""doubleValue":NaN"#), "expected a number", DOUBLE),
        (
            &body(r#""boolValue":"true""#),
            "expected true or false",
            "resourceLogs.scopeLogs.logRecords.body.boolValue",
        ),
        (
            &body(r#""stringValue":1"#),
            "expected a string",
            "resourceLogs.scopeLogs.logRecords.body.stringValue",
        ),
        (&body(r#""bytesValue":"a b=""#), "string is not base64", BYTES),
        (&body(r#""bytesValue":"+_8=""#), "string is not base64", BYTES),
        (&record(r#""traceId":"00""#), "id has a wrong length", TRACE_ID),
        (&long_id, "id has a wrong length", TRACE_ID),
        (&record(r#""traceId":"0011223344556677889900aabbccddeg""#), "id is not hex", TRACE_ID),
        (&record(r#""traceId":5"#), "expected an id in hex", TRACE_ID),
        (&record(r#""attributes":[null]"#), "expected an object", ATTRIBUTES),
    ];
    for (text, what, path) in forms {
        let short = text.get(..80).unwrap_or(text);
        let error = decode(Signal::Logs, text).unwrap_err();
        assert_eq!((error.what, error.path.as_str()), (*what, *path), "{short}");
        assert!(error.offset <= text.len(), "{short}");
    }
    let counts = histogram(r#""bucketCounts":[1,null]"#);
    assert_eq!(decode(Signal::Metrics, counts).unwrap_err().what, "expected a number");
}

const FLAGS: &str = "resourceLogs.scopeLogs.logRecords.flags";
const ATTRIBUTES: &str = "resourceLogs.scopeLogs.logRecords.attributes";
const SEVERITY_TEXT: &str = "resourceLogs.scopeLogs.logRecords.severityText";
const TRACE_ID: &str = "resourceLogs.scopeLogs.logRecords.traceId";
const INT: &str = "resourceLogs.scopeLogs.logRecords.body.intValue";
const DOUBLE: &str = "resourceLogs.scopeLogs.logRecords.body.doubleValue";
const BYTES: &str = "resourceLogs.scopeLogs.logRecords.body.bytesValue";
const DEEP_PATH: &str = "resourceLogs.scopeLogs.logRecords.body.arrayValue.values.arrayValue.values.arrayValue.values.arrayValue.values.arrayValue.values.arrayValue.values";

#[test]
fn an_offset_is_the_byte_where_the_value_stands() {
    let text = record(r#""severityText":"é", "flags": -1"#);
    let error = decode(Signal::Logs, &text).unwrap_err();
    assert_eq!(text.get(error.offset..error.offset + 2), Some("-1"));
    let invalid = [text.as_bytes(), b"\xff"].concat();
    let error = decode(Signal::Logs, &invalid).unwrap_err();
    assert_eq!((error.what, error.offset), ("text is not UTF-8", text.len()));
}

#[test]
fn every_limit_is_kept_and_named_with_its_place_in_the_text() {
    let limits = |change: fn(&mut Limits)| {
        let mut limits = Limits::default();
        change(&mut limits);
        limits
    };
    let records = r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{},{},{}]}]}]}"#;
    let attributes = record(r#""attributes":[{},{},{}]"#);
    let text = body(&format!(r#""stringValue":"{}""#, "x".repeat(1000)));
    let cases = [
        (records, limits(|limits| limits.records = 2), "too many records", "{}]}]}]}"),
        (&attributes, limits(|limits| limits.attributes = 2), "too many attributes", "{}]}]}]}]}"),
        (&text, limits(|limits| limits.bytes = 500), "request is larger than the limit", "}}]}]}]}"),
        (&text, limits(|limits| limits.depth = 4), "message is nested too deep", r#"{"stringValue""#),
    ];
    for (text, limits, what, rest) in cases {
        assert!(decode(Signal::Logs, text).is_ok());
        let error = json::decode(Signal::Logs, text.as_bytes(), &limits).unwrap_err();
        assert_eq!(error.what, what);
        assert!(text.get(error.offset..).is_some_and(|found| found.starts_with(rest)), "{what}");
    }
}

#[test]
fn without_a_limit_of_depth_deep_values_do_not_use_up_the_stack() {
    let limits = Limits { depth: u32::MAX, ..Limits::default() };
    let deep = |levels: usize| {
        body(&format!(
            r#"{}"stringValue":"" {}"#,
            r#""arrayValue":{"values":[{"#.repeat(levels),
            "}]}".repeat(levels)
        ))
    };
    assert!(json::decode(Signal::Logs, deep(40).as_bytes(), &limits).is_ok());
    let error = json::decode(Signal::Logs, deep(10_000).as_bytes(), &limits).unwrap_err();
    assert_eq!(error.what, "text is nested too deep");
}

/// Zeros in a list are the text that grows most: two bytes of JSON are eight of a message.
#[test]
fn a_text_whose_message_would_be_larger_than_the_limit_is_refused_on_the_way() {
    let text = histogram(&format!(r#""explicitBounds":[{}0]"#, "0,".repeat(10_000)));
    let limits = Limits { bytes: 20_000, ..Limits::default() };
    let error = json::decode(Signal::Metrics, text.as_bytes(), &limits).unwrap_err();
    assert_eq!(error.what, "request is larger than the limit");
    assert!(error.offset < 6_000);
}

#[test]
fn a_list_whose_elements_stand_apart_on_the_wire_is_one_list_in_json() {
    // bucket_counts: fixed64, one by itself, then `flags`, then two packed, around an unknown field.
    let point = b"\x31\x01\0\0\0\0\0\0\0\x50\x07\x32\x10\x02\0\0\0\0\0\0\0\x03\0\0\0\0\0\0\0\xa0\x06\x01";
    let mut bytes = point.to_vec();
    // resource_metrics { scope_metrics { metrics { histogram { data_points { … } } } } }
    for number in [1u8, 9, 2, 2, 1] {
        bytes = [&[number << 3 | 2, bytes.len() as u8], bytes.as_slice()].concat();
    }
    let request = Request::validate(Signal::Metrics, bytes.into(), &Limits::default()).unwrap();
    assert_eq!(canonical(&request), histogram(r#""bucketCounts":["1","2","3"],"flags":7"#));
}

#[test]
fn an_event_has_its_values_as_plain_json() {
    let text = body(
        r#""kvlistValue":{"values":[
            {"key":"s","value":{"stringValue":"a\"b"}},
            {"key":"i","value":{"intValue":"-9007199254740993"}},
            {"key":"d","value":{"doubleValue":0.1}},
            {"key":"n","value":{"doubleValue":"NaN"}},
            {"key":"t","value":{"boolValue":true}},
            {"key":"b","value":{"bytesValue":"+/8"}},
            {"key":"e","value":{}},
            {"key":"none"},
            {"key":"x","value":{"stringValueStrindex":3}},
            {"key":"l","value":{"arrayValue":{"values":[{"intValue":1},{"arrayValue":{}},{"kvlistValue":{}}]}}}
        ]}"#,
    );
    let request = decode(Signal::Logs, text).unwrap();
    let record = request.resources().next().unwrap().scopes().next().unwrap().log_records().next().unwrap();
    assert!(matches!(record.body, AnyValue::Map(_)));
    let mut out = Vec::new();
    json::write_any_value(&mut out, &record.body);
    assert_eq!(
        String::from_utf8(out).unwrap(),
        r#"{"s":"a\"b","i":-9007199254740993,"d":0.1,"n":"NaN","t":true,"b":"+/8=","e":null,"none":null,"x":null,"l":[1,[],{}]}"#
    );
}
