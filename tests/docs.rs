//! The documentation: its tables are what the types say, its examples load, its links lead somewhere.
//!
//! `WEIR_UPDATE_DOCS=1 cargo test --test docs` writes the tables anew. They stand between `<!-- options -->`
//! and `<!-- /options -->`; the rest of a page is written by hand.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

#[path = "docs/examples.rs"]
mod examples;
#[path = "docs/profiles.rs"]
mod profiles;
#[path = "docs/tables.rs"]
mod tables;

use examples::{Complete, documentation, markdown, root};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use weir::config::COMPONENTS;

const BEGIN: &str = "<!-- options -->";
const END: &str = "<!-- /options -->";

/// Every page that has a generated table, and the table.
fn generated() -> Vec<(String, String)> {
    let mut pages = vec![
        ("docs/components/README.md".into(), tables::components()),
        ("docs/configuration.md".into(), tables::service()),
        ("docs/delivery.md".into(), tables::delivery()),
        ("docs/metrics.md".into(), tables::metrics()),
        ("docs/redaction.md".into(), profiles::tables()),
    ];
    pages.extend(COMPONENTS.iter().map(|component| (tables::page(component), tables::options(component))));
    pages
}

/// What is in `old` and not in `new` and the other way round, line by line.
fn difference(old: &str, new: &str) -> String {
    let of = |these: &str, those: &str, sign| {
        let those: BTreeSet<&str> = those.lines().collect();
        let only = these.lines().filter(|line| !those.contains(line));
        only.map(|line| format!("{sign} {line}\n")).collect::<String>()
    };
    of(old, new, '-') + &of(new, old, '+')
}

/// A changed key, default, comment or metric changes its page in the same commit.
#[test]
fn tables_are_what_the_types_say() {
    let update = std::env::var_os("WEIR_UPDATE_DOCS").is_some();
    let mut drifted = String::new();
    for (name, table) in generated() {
        let file = root().join(&name);
        let page = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{name}: {error}"));
        let between = page.split_once(BEGIN).and_then(|(head, rest)| Some((head, rest.split_once(END)?.1)));
        let Some((head, tail)) = between else { panic!("{name} has no {BEGIN} and {END}") };
        let fresh = format!("{head}{BEGIN}\n\n{table}\n{END}{tail}");
        if fresh == page {
            continue;
        }
        match update {
            true => fs::write(&file, fresh).unwrap(),
            false => drifted += &format!("{name}\n{}\n", difference(&page, &fresh)),
        }
    }
    let remedy = "run `WEIR_UPDATE_DOCS=1 cargo test --test docs`, read what it wrote, and commit it";
    assert!(drifted.is_empty(), "pages have drifted from the code; {remedy}\n\n{drifted}");
}

/// A component that goes takes its page along.
#[test]
fn every_page_below_components_is_one_of_a_component() {
    let pages: BTreeSet<PathBuf> = COMPONENTS.iter().map(|c| root().join(tables::page(c))).collect();
    let index = root().join("docs/components/README.md");
    for page in markdown(&root().join("docs/components")) {
        assert!(pages.contains(&page) || page == index, "{} is no component's page", page.display());
    }
}

/// Every whole configuration in the documentation is valid, without so much as a warning; every
/// component's page has one that uses the component.
#[test]
fn examples_load() {
    let mut shown = BTreeSet::new();
    for file in documentation() {
        for example in examples::of(&fs::read_to_string(&file).unwrap()) {
            let at = file.display();
            let loaded = weir::config::load(&[format!("yaml:{example}")], &[], &Complete)
                .unwrap_or_else(|report| panic!("{at}:\n{}", report.render(false)));
            assert!(loaded.report.diagnostics().is_empty(), "{at}:\n{}", loaded.report.render(false));
            shown.insert((file.clone(), example.to_owned()));
        }
    }
    for component in COMPONENTS {
        let page = root().join(tables::page(component));
        let id = format!("{}:", component.name);
        let uses = shown.iter().any(|(file, example)| *file == page && example.contains(&id));
        assert!(uses, "{} has no whole configuration with the component", page.display());
    }
}

/// Every relative link in the documentation leads to a file that is there, and to a heading in it.
#[test]
fn links_lead_somewhere() {
    let mut broken = String::new();
    for file in documentation() {
        let text = fs::read_to_string(&file).unwrap();
        let prose: String = text.split("```").step_by(2).collect();
        let links = prose.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0));
        for link in links.filter(|link| !link.contains("://")) {
            let (path, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = match path {
                "" => file.clone(),
                path => file.parent().unwrap().join(path),
            };
            let found = match heading {
                "" => target.exists(),
                heading => fs::read_to_string(&target)
                    .is_ok_and(|text| text.lines().any(|line| anchor(line).as_deref() == Some(heading))),
            };
            if !found {
                broken += &format!("{}: {link}\n", file.strip_prefix(root()).unwrap().display());
            }
        }
    }
    assert!(broken.is_empty(), "these links lead nowhere:\n{broken}");
}

/// The anchor that a heading gets where Markdown is shown.
fn anchor(line: &str) -> Option<String> {
    let title = line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with('#'))?;
    let kept = title.to_lowercase().replace(' ', "-");
    Some(kept.chars().filter(|c| c.is_alphanumeric() || *c == '-' || *c == '_').collect())
}
