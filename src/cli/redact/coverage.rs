//! What a configuration's redaction covers.

use pdata::Signal;
use pdata::schema::{Kind, Message, Role};
use processors::redaction::{Config, Detector};
use std::collections::BTreeSet;
use std::fmt::Write;

/// The detectors that are on, and every place that is looked at.
pub fn text(config: &Config) -> String {
    let mut text = String::from("Detectors\n");
    let mut off = Vec::new();
    for detector in Detector::ALL {
        match config.detectors.on(*detector) {
            true => {
                line(&mut text, &format!("  {:<24} {}", detector.name(), config.action(*detector).name()))
            }
            false => off.push(detector.name()),
        }
    }
    for (name, custom) in &config.custom_detectors {
        line(&mut text, &format!("  {name:<24} {}", custom.action.name()));
    }
    if !off.is_empty() {
        line(&mut text, &format!("Off: {}", off.join(", ")));
    }
    for signal in Signal::ALL {
        line(&mut text, &format!("Places in {}", signal.as_str()));
        let mut places = BTreeSet::new();
        each_place(signal.schema(), &mut Vec::new(), &mut places);
        places.iter().for_each(|place| line(&mut text, &format!("  {place}")));
    }
    text
}

fn line(text: &mut String, line: &str) {
    // A `String` takes whatever is written.
    let _ = writeln!(text, "{line}");
}

/// The fields that hold text, from the table by which the walk goes through a request.
fn each_place(of: &'static Message, way: &mut Vec<&'static str>, places: &mut BTreeSet<String>) {
    for field in of.fields {
        way.push(field.json);
        match (field.kind, field.role) {
            (Kind::Message(_), Role::Attributes) => {
                places.insert(format!("{}: keys and values, at any depth", way.join(".")));
            }
            (Kind::Message(inner), _) if inner.name == "AnyValue" => {
                places.insert(format!("{}: at any depth", way.join(".")));
            }
            (Kind::Message(inner), _) => each_place(inner, way, places),
            (Kind::String, _) => {
                places.insert(way.join("."));
            }
            (Kind::Bytes, _) => {
                places.insert(format!("{}: where it is UTF-8", way.join(".")));
            }
            _ => {}
        }
        way.pop();
    }
}
