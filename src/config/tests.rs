//! Expansion, merging and typing, as the Collector's users rely on them.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use super::*;
use ::component::settings::{ByteSize, Duration};
use serde::Deserialize;
use std::collections::HashMap;

/// A world of a few variables and files.
#[derive(Default)]
struct World(HashMap<&'static str, &'static str>);

impl Environment for World {
    fn variable(&self, name: &str) -> Option<String> {
        self.0.get(name).map(|value| (*value).to_owned())
    }

    fn file(&self, path: &str) -> Result<String, String> {
        self.0
            .get(path)
            .map(|text| (*text).to_owned())
            .ok_or(format!("open {path}: no such file or directory"))
    }
}

fn world(values: &[(&'static str, &'static str)]) -> World {
    World(values.iter().copied().collect())
}

/// A section with a key of every type.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Section {
    string: Option<String>,
    int: Option<i64>,
    float: Option<f64>,
    bool: Option<bool>,
    list: Vec<String>,
    map: BTreeMap<String, String>,
    duration: Option<Duration>,
    size: Option<ByteSize>,
    section: Option<Box<Section>>,
}

/// What a text decodes to, with the messages of everything that was noticed.
fn decode(text: &str, world: &World) -> (Section, Vec<String>) {
    let mut root =
        yaml::parse(0, &format!("it:\n{}", text.replace(['\n'], "\n  ").replacen("", "  ", 1))).unwrap();
    let expansion = expand::expand(&mut root, world);
    let mut sections = Sections::new(&root, expansion.failed);
    let section = sections.section(&path(["it"])).unwrap_or_default();
    let messages = expansion.diagnostics.into_iter().chain(sections.diagnostics);
    (section, messages.map(|diagnostic| diagnostic.message).collect())
}

fn clean(text: &str, world: &World) -> Section {
    let (section, messages) = decode(text, world);
    assert!(messages.is_empty(), "{text}: {messages:?}");
    section
}

fn string(text: &str, world: &World) -> String {
    clean(&format!("string: {text}"), world).string.unwrap()
}

#[test]
fn a_string_takes_the_source_text_and_any_other_type_the_parsed_value() {
    let world = world(&[("OCTAL", "0123"), ("HEX", "0xdeadbeef"), ("QUOTED", "\"0123\""), ("LIST", "[a,b]")]);
    assert_eq!(
        clean("string: ${env:OCTAL}\nint: ${env:OCTAL}", &world),
        Section { string: Some("0123".into()), int: Some(83), ..Section::default() }
    );
    assert_eq!(clean("int: ${HEX}", &world).int, Some(3_735_928_559));
    assert_eq!(string("${env:QUOTED}", &world), "\"0123\"");
    assert_eq!(clean("list: ${env:LIST}", &world).list, ["a", "b"]);
    assert_eq!(string("${env:LIST}", &world), "[a,b]");
}

#[test]
fn a_reference_within_a_text_puts_in_the_source_text() {
    let world = world(&[("HOST", "siem"), ("OCTAL", "0123")]);
    assert_eq!(string("http://${HOST}:${env:OCTAL}/${HOST}", &world), "http://siem:0123/siem");
    let (_, messages) = decode("int: 1${env:OCTAL}", &world);
    assert_eq!(messages, ["it::int: expected an integer, found a string"]);
}

#[test]
fn only_an_unset_variable_takes_its_default() {
    let world = world(&[("SET", "here"), ("EMPTY", "")]);
    assert_eq!(string("${env:SET:-default}", &world), "here");
    assert_eq!(string("${env:UNSET:-default}", &world), "default");
    assert_eq!(string("${UNSET:-a:b}", &world), "a:b");
    assert_eq!(string("${env:UNSET:-}", &world), "");
    assert_eq!(string("${env:EMPTY:-default}", &world), "");
    assert_eq!(clean("int: ${env:UNSET:-7}", &world).int, Some(7));
    assert_eq!(clean("int: ${env:EMPTY}", &world).int, None);
}

#[test]
fn an_unset_variable_without_default_is_null_with_a_warning() {
    let (section, messages) = decode("string: ${env:UNSET}\nint: ${UNSET}", &world(&[]));
    assert_eq!((section.string, section.int), (None, None));
    assert_eq!(messages, ["Configuration references unset environment variable \"UNSET\""]);
    let (section, messages) = decode("string: a${env:UNSET}b", &world(&[]));
    assert_eq!((section.string.as_deref(), messages.len()), (Some("ab"), 1));
}

#[test]
fn references_nest_innermost_first_and_values_are_expanded_again() {
    let world =
        world(&[("NAME", "INNER"), ("INNER", "0x10"), ("AGAIN", "${env:NAME}"), ("MAP", "{a: '${INNER}'}")]);
    assert_eq!(clean("int: ${env:${env:NAME}}", &world).int, Some(16));
    assert_eq!(string("${env:${env:NAME}}", &world), "0x10");
    assert_eq!(string("${env:AGAIN}", &world), "INNER");
    assert_eq!(string("${env:UNSET:-${env:NAME}}", &world), "INNER");
    assert_eq!(clean("map: ${env:MAP}", &world).map.get("a").map(String::as_str), Some("0x10"));
    assert_eq!(string("${open ${NAME}", &world), "${open INNER");
}

#[test]
fn two_dollars_stand_for_one() {
    let world = world(&[("X", "value"), ("PRICE", "$$5")]);
    for (written, read) in [
        ("$${X}", "${X}"),
        ("$$${X}", "$value"),
        ("$$$${X}", "$${X}"),
        ("a$$b", "a$b"),
        ("$X", "$X"),
        ("${X", "${X"),
        ("$${X} ${X}", "${X} value"),
        ("${PRICE}", "$5"),
    ] {
        assert_eq!(string(&format!("'{written}'"), &world), read, "{written}");
    }
}

#[test]
fn a_file_is_typed_like_a_variable_and_keeps_its_line_break() {
    let world = world(&[
        ("port", "4317\n"),
        ("token", "abc\n"),
        ("broken", "a: [b"),
        ("tls.yaml", "int: 1\nbool: true\n"),
    ]);
    assert_eq!(clean("section: ${file:tls.yaml}", &world).section.unwrap().int, Some(1));
    let (section, messages) = decode("int: ${file:port}\nstring: ${file:token}", &world);
    assert_eq!((section.int, section.string.as_deref()), (Some(4317), Some("abc\n")));
    assert!(messages.iter().any(|message| message.contains("line break")), "{messages:?}");
    // What is no YAML is a text.
    assert_eq!(string("${file:broken}", &world), "a: [b");
    assert_eq!(clean("section: '${yaml:int: 5}'", &world).section.unwrap().int, Some(5));
}

#[test]
fn keys_are_not_expanded() {
    let section = clean("map: { '${X}': a }", &world(&[("X", "value")]));
    assert_eq!(section.map.keys().collect::<Vec<_>>(), ["${X}"]);
}

#[test]
fn expansion_is_bounded() {
    let world = world(&[
        ("LOOP", "${env:LOOP}"),
        ("BOTH", "${env:BOTH}${env:BOTH}"),
        ("A", "${B}${B}${B}${B}${B}${B}${B}${B}${B}${B}"),
        ("B", "${C}${C}${C}${C}${C}${C}${C}${C}${C}${C}"),
        ("C", "${D}${D}${D}${D}${D}${D}${D}${D}${D}${D}"),
        ("D", "x"),
    ]);
    for name in ["LOOP", "BOTH", "A"] {
        let (_, messages) = decode(&format!("string: ${{env:{name}}}"), &world);
        assert_eq!(messages, ["too many recursive expansions"], "{name}");
    }
}

#[test]
fn a_reference_that_cannot_be_resolved_is_an_error_of_its_own_only() {
    for (reference, message) in [
        (
            "${env:hello.world}",
            "environment variable \"hello.world\" has invalid name: must match regex ^[a-zA-Z_][a-zA-Z0-9_]*$",
        ),
        ("${vault:x}", "scheme \"vault\" is not supported for uri \"vault:x\"; use env:, file: or yaml:"),
        ("${file:none}", "unable to read the file file:none: open none: no such file or directory"),
        ("${env:$X}", "the uri \"env:$X\" contains unsupported characters ('$')"),
        ("${https://a/b}", "known Collector scheme, not supported by weir: https; fetch it to a file first"),
    ] {
        // The key it stands at is not reported a second time.
        let (_, messages) = decode(&format!("int: {reference}"), &world(&[]));
        assert_eq!(messages, [message]);
    }
}

#[test]
fn an_error_about_a_reference_that_came_from_outside_does_not_quote_it() {
    let world = world(&[("SECRET", "s3cr3t"), ("INDIRECT", "${s3cr3t.x}"), ("FILE", "${file:s3cr3t}")]);
    for reference in
        ["${env:${env:SECRET}.x}", "${env:INDIRECT}", "${env:FILE}", "${file:/${SECRET}}", "${x${SECRET}:y}"]
    {
        let (_, messages) = decode(&format!("string: {reference}"), &world);
        assert!(!messages.is_empty() && !messages.concat().contains("s3cr3t"), "{reference}: {messages:?}");
    }
}

#[test]
fn words_that_only_look_like_a_truth_value_are_none() {
    let world = world(&[("T", "t"), ("YES", "yes"), ("TRUE", "true")]);
    assert_eq!(clean("bool: ${env:TRUE}", &world).bool, Some(true));
    for name in ["T", "YES"] {
        assert_eq!(
            decode(&format!("bool: ${{env:{name}}}"), &world).1,
            ["it::bool: expected true or false, found a string"]
        );
    }
}

#[test]
fn a_null_is_the_default_and_an_empty_section_is_a_section() {
    assert_eq!(clean("int:\nstring: null\nlist: ~\nmap:\nduration:", &world(&[])), Section::default());
    assert_eq!(clean("section:", &world(&[])).section, Some(Box::default()));
    assert_eq!(clean("section: {}", &world(&[])).section, Some(Box::default()));
}

#[test]
fn a_text_where_a_list_belongs_is_split_at_its_commas() {
    let world = world(&[("LIST", "a,b, c")]);
    assert_eq!(clean("list: a,b", &world).list, ["a", "b"]);
    assert_eq!(clean("list: ${env:LIST}", &world).list, ["a", "b", "c"]);
}

#[test]
fn numbers_are_not_texts_and_texts_are_not_numbers() {
    for (text, message) in [
        ("string: 5", "it::string: expected a string, found an integer"),
        ("int: '5'", "it::int: expected an integer, found a string"),
        ("int: 1.5", "it::int: expected an integer, found a number with a fraction"),
        (
            "duration: 5",
            "it::duration: a duration needs a unit: write 5s for seconds or 5ms for milliseconds",
        ),
        ("list: {a: b}", "it::list: expected a list, found a map"),
    ] {
        assert_eq!(decode(text, &world(&[])).1, [message]);
    }
    assert_eq!(clean("float: 3", &world(&[])).float, Some(3.0));
    assert_eq!(clean("size: 64KiB", &world(&[])).size, Some(ByteSize(65536)));
}

#[test]
fn every_error_of_a_section_is_found_and_the_rest_is_read() {
    let text =
        "int: x\nbool: 1\nunknown: 1\nsection: {int: y, other: 2, string: kept}\nlist: [a, 1, b]\nfloat: 2.5";
    let (section, messages) = decode(text, &world(&[]));
    assert_eq!(messages.len(), 6, "{messages:?}");
    assert_eq!(section.float, Some(2.5));
    assert_eq!(section.list, ["a", "b"]);
    let (_, in_list) = decode("list: [1, a, '${vault:x}', 2, '${vault:y}', b, 3]", &world(&[]));
    assert!(
        in_list.len() == 5 && in_list[2].contains("list::0") && in_list[3].contains("list::3"),
        "{in_list:?}"
    );
    assert!(in_list[4].contains("list::6"), "{in_list:?}");
    assert_eq!(section.section.unwrap().string.as_deref(), Some("kept"));
}

/// The raw text at `keys` after merging `configs` and `sets`.
fn merged(configs: &[&'static str], sets: &[&str]) -> Node {
    let names = ["a.yaml", "b.yaml", "c.yaml"];
    let world = World(names.into_iter().zip(configs.iter().copied()).collect());
    let mut sources = Sources::default();
    let mut root = Node::new(Value::Null, Origin::default());
    for (name, _) in names.iter().zip(configs) {
        merge::merge(&mut root, sources.config(name, &world).unwrap());
    }
    for set in sets {
        merge::merge(&mut root, sources.set(set).unwrap());
    }
    root
}

fn raw<const N: usize>(root: &Node, keys: [&str; N]) -> Option<String> {
    match &root.find(&path(keys))?.value {
        Value::Scalar(scalar) => Some(scalar.raw.clone()),
        Value::List(items) => Some(format!("{} items", items.len())),
        Value::Map(entries) => Some(format!("{} keys", entries.len())),
        Value::Null => Some("null".into()),
    }
}

#[test]
fn maps_merge_deeply_while_lists_and_scalars_are_replaced_and_null_wipes() {
    let root = merged(&["a: {b: {c: 1, d: 2}, l: [1, 2, 3]}\nw: {x: 1}", "a: {b: {c: 9}, l: [4]}\nw:"], &[]);
    assert_eq!(raw(&root, ["a", "b", "c"]).as_deref(), Some("9"));
    assert_eq!(raw(&root, ["a", "b", "d"]).as_deref(), Some("2"));
    assert_eq!(raw(&root, ["a", "l"]).as_deref(), Some("1 items"));
    assert_eq!(raw(&root, ["w"]).as_deref(), Some("null"));
}

#[test]
fn set_comes_last_and_its_value_is_yaml() {
    let root =
        merged(&["a: {b: 1}", "a: {b: 2}"], &["a.b=3", "a.l=[x, y]", "a.m={k: v}", "a.url=http://h:1/?q=1"]);
    assert_eq!(raw(&root, ["a", "b"]).as_deref(), Some("3"));
    assert_eq!(raw(&root, ["a", "l"]).as_deref(), Some("2 items"));
    assert_eq!(raw(&root, ["a", "m", "k"]).as_deref(), Some("v"));
    assert_eq!(raw(&root, ["a", "url"]).as_deref(), Some("http://h:1/?q=1"));
    assert!(Sources::default().set("key:name").is_err());
    assert!(Sources::default().set("a..b=1").is_err());
}

#[test]
fn merging_comes_before_expansion() {
    let mut root = merged(&["a: '${env:MAP}'", "a: {k: '${env:X}'}"], &[]);
    expand::expand(&mut root, &world(&[("MAP", "{k: 1, l: 2}"), ("X", "x")]));
    assert_eq!((raw(&root, ["a", "k"]).as_deref(), raw(&root, ["a", "l"])), (Some("x"), None));
}

#[test]
fn a_config_is_a_path_a_variable_or_yaml() {
    let world = world(&[("CONFIG", "a: {b: 1}"), ("c:/x.yaml", "a: {b: 2}"), ("weir.yaml", "a: {b: 3}")]);
    for (uri, value) in [
        ("env:CONFIG", "1"),
        ("c:/x.yaml", "2"),
        ("weir.yaml", "3"),
        ("file:weir.yaml", "3"),
        ("yaml:a::b: 4", "4"),
    ] {
        assert_eq!(
            raw(&Sources::default().config(uri, &world).unwrap(), ["a", "b"]).as_deref(),
            Some(value),
            "{uri}"
        );
    }
    for uri in ["s3:bucket", "https://host/weir.yaml", "env:UNSET", "none.yaml"] {
        assert!(Sources::default().config(uri, &world).is_err(), "{uri}");
    }
}
