//! What a configuration's redaction covers.

use component::ComponentId;
use pdata::Signal;
use pdata::schema::{Kind, Message, Role};
use processors::redaction::{Config, Detector};
use std::collections::BTreeSet;
use std::fmt::Write;

/// Redaction in front of one exporter alone.
pub struct Overlay {
    pub exporter: ComponentId,
    pub processor: ComponentId,
    pub config: Config,
    /// What it hides and the journal may hold.
    pub held: Vec<String>,
}

/// The detectors that are on and the keys that stay or go, in the pipelines and for single exporters, and every
/// place that is looked at.
pub fn text(config: &Config, overlays: &[Overlay]) -> String {
    let mut text = String::new();
    detectors_and_keys(&mut text, config);
    for Overlay { exporter, processor, config, held } in overlays {
        line(&mut text, &format!("For exporter {exporter} behind the journal, by {processor}"));
        detectors_and_keys(&mut text, config);
        if !held.is_empty() {
            line(&mut text, &format!("Of these the journal may hold: {}", held.join(", ")));
        }
    }
    for signal in Signal::ALL {
        line(&mut text, &format!("Places in {}", signal.as_str()));
        let mut places = BTreeSet::new();
        each_place(signal.schema(), &mut Vec::new(), &mut places);
        places.iter().for_each(|place| line(&mut text, &format!("  {place}")));
    }
    text
}

fn detectors_and_keys(text: &mut String, config: &Config) {
    line(text, &format!("Profile: {}", config.profile.name()));
    line(text, "Detectors");
    let mut off = Vec::new();
    for detector in Detector::ALL {
        match config.on(*detector) {
            true => line(text, &format!("  {:<24} {}", detector.name(), config.action(*detector).name())),
            false => off.push(detector.name()),
        }
    }
    let config = config.with_profile();
    for (name, custom) in &config.custom_detectors {
        line(text, &format!("  {name:<24} {}", custom.action.name()));
    }
    if !off.is_empty() {
        line(text, &format!("Off: {}", off.join(", ")));
    }
    list(text, "Keys whose values are hidden, as patterns", &config.blocked_key_patterns);
    if !config.allows_all_keys() {
        list(text, "Keys that stay; all others are taken out", &config.allowed_keys);
    }
}

fn list(text: &mut String, title: &str, items: &[String]) {
    if !items.is_empty() {
        line(text, title);
        items.iter().for_each(|item| line(text, &format!("  {item}")));
    }
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn of(config: serde_json::Value) -> String {
        text(&serde_json::from_value(config).unwrap(), &[])
    }

    /// What is between a line that begins so and the next that is not indented.
    fn part<'t>(text: &'t str, title: &str) -> Vec<&'t str> {
        let lines = text.lines().skip_while(|line| !line.starts_with(title)).skip(1);
        lines.take_while(|line| line.starts_with("  ")).collect()
    }

    #[test]
    fn the_profile_is_listed_with_its_detectors_actions_and_keys() {
        let pci = of(serde_json::json!({ "profile": "pci", "detectors": { "email": false } }));
        assert!(pci.starts_with("Profile: pci\n"), "{pci}");
        let detectors = part(&pci, "Detectors");
        assert!(detectors.contains(&"  payment_card             keep_last_4"), "{pci}");
        assert!(detectors.contains(&"  card_track               mask"), "{pci}");
        assert!(pci.contains("Off: email, us_itin, "), "{pci}");
        assert_eq!(part(&pci, "Keys whose values are hidden").len(), 3, "{pci}");
        assert!(part(&pci, "Keys that stay").is_empty(), "{pci}");

        let strict = of(serde_json::json!({ "profile": "strict", "allowed_keys": ["order.id"] }));
        let kept = part(&strict, "Keys that stay");
        assert!(kept.contains(&"  order.id") && kept.contains(&"  user.id"), "{strict}");
        assert!(strict.contains("Off: hashes\n"), "{strict}");
    }
}
