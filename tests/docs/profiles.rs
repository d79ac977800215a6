//! What each profile of the redaction processor does, from the tables that it does it by.

use processors::redaction::{Detector, Profile};
use serde_json::Value;
use weir::config::schema;

/// The detectors with what becomes of their finds in each profile, and the keys.
pub fn tables() -> String {
    let names: Vec<_> = Profile::ALL.iter().map(|profile| format!(" `{}` |", profile.name())).collect();
    let mut text =
        format!("| detector | finds |{}\n| --- | --- |{}\n", names.concat(), " --- |".repeat(names.len()));
    let schema = schema();
    for detector in Detector::ALL {
        let finds = description(&schema, detector.name());
        let actions = Profile::ALL.iter().map(|profile| detector.in_profile(*profile));
        let actions: String =
            actions.map(|action| format!(" {} |", action.map_or("–", |a| a.name()))).collect();
        text += &format!("| `{}` | {finds} |{actions}\n", detector.name());
    }
    for profile in Profile::ALL {
        let (hidden, found) = (profile.blocked_keys(), profile.custom_detectors());
        if !hidden.is_empty() {
            text += &format!("\n`{}` hides the values of keys that name:\n\n", profile.name());
            hidden.iter().for_each(|(what, _)| text += &format!("* {what}\n"));
        }
        for (name, pattern) in found {
            text += &format!("\nIts detector `{name}` masks what this finds:\n\n```regex\n{pattern}\n```\n");
        }
        let kept = profile.allowed_groups();
        if !kept.is_empty() {
            text += &format!("\n`{}` keeps these keys:\n\n", profile.name());
            for (about, keys) in kept {
                let keys: Vec<_> = keys.iter().map(|key| format!("`{key}`")).collect();
                text += &format!("* {about}: {}\n", keys.join(", "));
            }
        }
    }
    text
}

fn description(schema: &Value, detector: &str) -> String {
    let text = schema["$defs"]["Detectors"]["properties"][detector]["description"].as_str();
    text.unwrap_or_else(|| panic!("{detector} has no doc comment")).replace('\n', " ").replace('|', "\\|")
}
