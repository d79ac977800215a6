//! How much of the corpus in `tests/redaction/corpus` is found, and what is hidden besides. Its README
//! says what the files hold and how is scored.
//!
//! `cargo test -p processors --test redaction corpus -- --nocapture` prints the table of the published
//! set, `WEIR_CORPUS=tuning` in front of it that of the other one and what was missed or hidden wrongly.

use component::ComponentId;
use processors::redaction::{Config, Detector, Redaction};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ops::Range;

pub const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/redaction/corpus");
const DOCS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/redaction.md");
/// The table in the documentation stands between these.
const BEGIN: &str = "<!-- corpus -->\n";
const END: &str = "<!-- /corpus -->";

/// A line of the corpus.
#[derive(Deserialize)]
pub struct Sample {
    pub detector: Option<String>,
    near: Option<String>,
    pub key: Option<String>,
    pub text: String,
    pub secrets: Vec<(usize, usize)>,
    #[serde(default)]
    other: Vec<(usize, usize, String)>,
}

pub fn samples(set: &str) -> Vec<Sample> {
    parse(&std::fs::read_to_string(format!("{CORPUS}/{set}.jsonl")).unwrap())
}

pub fn parse(lines: &str) -> Vec<Sample> {
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The defaults, and one detector besides.
fn with(detector: &str) -> Redaction {
    let config = serde_json::json!({ "detectors": { detector: true } });
    let config: Config = serde_json::from_value(config).unwrap();
    config.build(&ComponentId::parse("redaction").unwrap()).unwrap()
}

fn is_default(detector: &str) -> bool {
    Detector::ALL.iter().any(|known| known.name() == detector && Config::default().on(*known))
}

impl Sample {
    fn hidden(&self, redaction: &Redaction) -> Vec<Range<usize>> {
        let finds = redaction.finds(self.key.as_deref().unwrap_or_default(), &self.text);
        finds.into_iter().map(|(range, _)| range).collect()
    }

    /// The same with something before each secret.
    fn behind(&self, before: &str) -> Sample {
        let (mut text, mut secrets, mut end) = (String::new(), Vec::new(), 0);
        for (start, stop) in self.secrets.iter().copied() {
            text += &self.text[end..start];
            text += before;
            secrets.push((text.len(), text.len() + stop - start));
            text += &self.text[start..stop];
            end = stop;
        }
        text += &self.text[end..];
        Sample {
            text,
            secrets,
            detector: self.detector.clone(),
            near: None,
            key: self.key.clone(),
            other: Vec::new(),
        }
    }

    /// Whether every byte of every secret is hidden.
    fn is_found(&self, hidden: &[Range<usize>]) -> bool {
        let is_hidden = |at| hidden.iter().any(|range| range.contains(&at));
        self.secrets.iter().all(|(start, end)| (*start..*end).all(is_hidden))
    }

    /// What is hidden and should not be.
    fn wrong<'a>(&'a self, hidden: &'a [Range<usize>]) -> impl Iterator<Item = &'a str> {
        let other = self.other.iter().map(|(start, end, _)| (*start, *end));
        let may: Vec<_> = self.secrets.iter().copied().chain(other).collect();
        let touches = move |range: &Range<usize>| may.iter().any(|(s, e)| range.start < *e && *s < range.end);
        hidden.iter().filter(move |range| !touches(range)).map(|range| &self.text[range.clone()])
    }
}

/// What a detector is worth.
#[derive(Clone, Copy, Default)]
pub struct Score {
    samples: u32,
    found: u32,
    wrong: u32,
}

impl Score {
    fn recall(self) -> f64 {
        f64::from(self.found) / f64::from(self.samples)
    }

    fn precision(self) -> f64 {
        f64::from(self.found) / f64::from((self.found + self.wrong).max(1))
    }
}

/// What each detector is worth; `tells` what was missed or hidden wrongly.
pub fn scores(samples: impl IntoIterator<Item = Sample>, tells: bool) -> BTreeMap<String, Score> {
    let mut by_detector = BTreeMap::<String, Vec<Sample>>::new();
    for sample in samples {
        let whose = sample.detector.as_ref().or(sample.near.as_ref()).unwrap().clone();
        by_detector.entry(whose).or_default().push(sample);
    }
    let score = |(detector, samples): (String, Vec<Sample>)| {
        let (redaction, mut score) = (with(&detector), Score::default());
        for sample in samples {
            let hidden = sample.hidden(&redaction);
            if sample.detector.is_some() {
                let found = sample.is_found(&hidden);
                (score.samples, score.found) = (score.samples + 1, score.found + u32::from(found));
                if tells && !found {
                    println!("missed by {detector}: {:?} {} {:?}", sample.key, sample.text, sample.secrets);
                }
            }
            for wrong in sample.wrong(&hidden) {
                score.wrong += 1;
                if tells {
                    println!("wrong of {detector}: {wrong:?} in {:?} {}", sample.key, sample.text);
                }
            }
        }
        (detector, score)
    };
    by_detector.into_iter().map(score).collect()
}

/// What the peers reach: by detector, the rest of its line.
fn peers() -> (String, BTreeMap<String, String>) {
    let table = std::fs::read_to_string(format!("{CORPUS}/peers.md")).unwrap();
    let mut rows = table.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" |"));
    let head = rows.next().unwrap().1.to_owned();
    (head, rows.map(|(name, rest)| (name.trim_end_matches(" ●").to_owned(), rest.to_owned())).collect())
}

fn table(scores: &BTreeMap<String, Score>) -> String {
    let (head, peers) = peers();
    let mut table = format!("| detector | recall | precision |{head}\n| --- | ---: | ---: |");
    table += &" ---: |".repeat(head.matches('|').count());
    let mut rows: Vec<_> = scores.iter().collect();
    rows.sort_by_key(|(detector, _)| !is_default(detector));
    for (detector, score) in rows {
        let mark = if is_default(detector) { " ●" } else { "" };
        let rest = peers.get(detector).map(String::as_str).unwrap_or_default();
        table +=
            &format!("\n| `{detector}`{mark} | {:.3} | {:.3} |{rest}", score.recall(), score.precision());
    }
    table + "\n"
}

/// Those with neither a check digit nor a prefix: names, words and grammar tell them.
const BY_WORDS: [&str; 9] = [
    "assignment",
    "command_line",
    "secret_key",
    "email",
    "us_ssn",
    "us_itin",
    "passport",
    "driver_license",
    "date_of_birth",
];

/// The detectors that do not keep what the documentation promises of them.
pub fn short(scores: &BTreeMap<String, Score>) -> Vec<String> {
    let falls_short = |detector: &str, score: &Score| match BY_WORDS.contains(&detector) {
        true => score.recall() < 0.95,
        false => score.recall() < 0.99 || score.precision() < 0.99,
    };
    let short = scores.iter().filter(|(detector, score)| falls_short(detector, score));
    short
        .map(|(detector, score)| format!("{detector} {:.3} {:.3}", score.recall(), score.precision()))
        .collect()
}

#[test]
fn detectors_reach_what_the_documentation_says_of_them() {
    let set = std::env::var("WEIR_CORPUS").unwrap_or("published".into());
    let scores = scores(samples(&set), set != "published");
    let table = table(&scores);
    println!("{table}");
    if set != "published" {
        return;
    }
    let short = short(&scores);
    assert!(short.is_empty(), "below what was promised: {short:?}");
    let docs = std::fs::read_to_string(DOCS).unwrap();
    let (head, rest) = docs.split_once(BEGIN).unwrap();
    let (old, tail) = rest.split_once(END).unwrap();
    if std::env::var_os("WEIR_UPDATE_DOCS").is_some() {
        std::fs::write(DOCS, [head, BEGIN, &table, END, tail].concat()).unwrap();
    } else {
        assert_eq!(old, table, "`WEIR_UPDATE_DOCS=1` in front of this test writes the table anew");
    }
}

/// What the defaults hide in texts in which nothing is to be hidden.
pub fn hidden_in(clean: &[Sample]) -> Vec<String> {
    let redaction = with("email");
    let of = |sample: &Sample| {
        let finds = redaction.finds(sample.key.as_deref().unwrap_or_default(), &sample.text);
        finds
            .into_iter()
            .map(|find| format!("{} {} in {}", find.1, &sample.text[find.0], sample.text))
            .collect::<Vec<_>>()
    };
    clean.iter().flat_map(of).collect()
}

#[test]
fn nothing_in_clean_logs_is_hidden() {
    let hidden = hidden_in(&samples("clean"));
    assert!(hidden.is_empty(), "{}:\n{}", hidden.len(), hidden.join("\n"));
}

#[test]
fn what_is_found_is_found_behind_a_colour_too() {
    let samples = samples("tuning");
    // Nothing colours a part of a URL's path.
    let in_path = |sample: &Sample| {
        let mut before = sample.secrets.iter().map(|(start, _)| &sample.text[..*start]);
        before.any(|before| before.ends_with('/') || before.ends_with("%2F"))
    };
    let (mut redactions, mut missed) = (BTreeMap::new(), Vec::new());
    for sample in samples.iter().filter(|sample| !sample.secrets.is_empty() && !in_path(sample)) {
        let detector = sample.detector.as_deref().unwrap();
        let redaction = redactions.entry(detector).or_insert_with(|| with(detector));
        if !sample.is_found(&sample.hidden(redaction)) {
            continue;
        }
        for colour in ["\x1b[32m", "\x1b[1;31m", "\x1b[m", "\x1b[01;31m\x1b[K", "\\u001b[32m", "[32m"] {
            let coloured = sample.behind(colour);
            // What is written behind the scheme is no colour where the escape character is missing.
            let is_told = detector != "authorization" || colour != "[32m";
            if is_told && !coloured.is_found(&coloured.hidden(redaction)) {
                missed.push((detector, coloured.text));
            }
        }
    }
    assert_eq!(missed, []);
}
