//! What becomes of finds behind the journal, held against what became of them before it.

use super::super::action::Action;
use super::super::config::Config;
use super::super::detectors::Detector;
use super::super::rules::settings::CustomDetector;
use super::Beyond;

impl Config {
    /// Of what detectors find.
    pub(super) fn compare_detectors(&self, pipeline: &[&Config], beyond: &mut Beyond) {
        for detector in Detector::ALL.iter().copied() {
            let Some(wanted) = self.acts(detector) else { continue };
            let of = |config: &Config| config.acts(detector);
            for (key, looking) in self.by_key(detector.name(), pipeline) {
                // What is left of an address is one.
                let found_again = matches!(detector, Detector::Ipv4 | Detector::Ipv6);
                let before = match detector {
                    Detector::Hashes => left_of_hashes(&looking, of),
                    _ => left(&looking, of, found_again),
                };
                match self.compare(wanted, before, found_again) {
                    // Said once, as a rule.
                    Compared::Held if key == Key::Ignored => {}
                    Compared::Held => beyond.held.push(detector),
                    Compared::OutOfReach(action) => {
                        beyond.out_of_reach.push((detector.name().into(), action));
                    }
                    // Only what was said is worth a word: nobody asked for a default.
                    Compared::HiddenBefore(action) if self.actions.contains_key(&detector) => {
                        beyond.hidden_before.push((detector, action));
                    }
                    Compared::HiddenBefore(_) | Compared::Hidden => {}
                }
            }
        }
    }

    /// Of what detectors of the operator's own find.
    pub(super) fn compare_custom_detectors(&self, pipeline: &[&Config], beyond: &mut Beyond) {
        for (name, custom) in &self.custom_detectors {
            let is_same = |other: &&CustomDetector| {
                CustomDetector { action: custom.action, ..(*other).clone() } == *custom
            };
            // Under the same name, as exceptions have it.
            let of = |config: &Config| config.custom_detectors.get(name).filter(is_same).map(|it| it.action);
            for (key, looking) in self.by_key(name, pipeline) {
                match (self.compare(custom.action, left(&looking, of, false), false), key) {
                    (Compared::Held, Key::Any) => beyond.held_by_rules.push("custom_detectors"),
                    (Compared::Held, Key::Excepted) => beyond.held_by_rules.push("exceptions"),
                    (Compared::OutOfReach(action), _) => beyond.out_of_reach.push((name.clone(), action)),
                    _ => {}
                }
            }
        }
    }

    /// What becomes of what a detector finds, if it is on.
    fn acts(&self, detector: Detector) -> Option<Action> {
        self.on(detector).then(|| self.action(detector))
    }

    /// Who of a pipeline looks at values of which keys with a detector: all at most of them, and fewer at those that some
    /// except or ignore.
    fn by_key<'p>(&self, detector: &str, pipeline: &[&'p Config]) -> Vec<(Key, Vec<&'p Config>)> {
        let mut ways = vec![(Key::Any, pipeline.to_vec())];
        let excepted = pipeline.iter().flat_map(|config| &config.exceptions).flat_map(|it| &it.keys);
        let excepted = excepted.map(|key| (Key::Excepted, key));
        let ignored = pipeline.iter().flat_map(|config| &config.ignored_keys).map(|key| (Key::Ignored, key));
        for (kind, key) in excepted.chain(ignored).filter(|(_, key)| !self.excepts(detector, key)) {
            let looking = pipeline.iter().copied().filter(|config| !config.excepts(detector, key));
            ways.push((kind, looking.collect()));
        }
        ways
    }

    fn excepts(&self, detector: &str, key: &String) -> bool {
        self.ignored_keys.contains(key)
            || self.exceptions.iter().any(|exception| {
                exception.keys.contains(key) && exception.skip.iter().any(|skipped| skipped == detector)
            })
    }

    /// What is wanted of a find against what was done before the journal.
    fn compare(&self, wanted: Action, before: Option<Action>, is_found_again: bool) -> Compared {
        let Some(before) = before else {
            return if wanted == Action::Tag { Compared::Hidden } else { Compared::Held };
        };
        match (strength(wanted), strength(before)) {
            (wanted, before) if wanted == before => Compared::Hidden,
            (wanted, before) if wanted < before => Compared::HiddenBefore(before),
            _ if is_found_again && before == Action::Truncate => Compared::Held,
            (wanted, Action::Hash | Action::Pseudonymize) if self.hides_hashes() >= Some(wanted) => {
                Compared::Hidden
            }
            _ => Compared::OutOfReach(before),
        }
    }

    /// What becomes of keyed hashes, if they are looked for.
    pub(super) fn hides_hashes(&self) -> Option<Action> {
        self.acts(Detector::Hashes).map(strength)
    }

    /// Whether keyed hashes come out of it.
    pub(super) fn makes_hashes(&self) -> bool {
        let actions = Detector::ALL.iter().filter_map(|detector| self.acts(*detector));
        actions.chain(self.custom_detectors.values().map(|custom| custom.action)).any(is_hash)
    }
}

/// Whose values are looked at.
#[derive(Clone, Copy, PartialEq)]
enum Key {
    /// Those of keys of which nothing is said.
    Any,
    /// Those of a key in an exception.
    Excepted,
    /// Those of an ignored key.
    Ignored,
}

/// What an overlay adds to what was done before the journal.
enum Compared {
    /// Nothing, or nothing that was there to be hidden.
    Hidden,
    /// It hides what the journal holds.
    Held,
    /// It would hide more, but does not find what this action left.
    OutOfReach(Action),
    /// It would hide less than this action.
    HiddenBefore(Action),
}

/// What processors, one after the other, leave of a find, as the strongest action that became of it; `of` says what
/// each does. None if nothing is hidden. What one has hidden the next one does not find, but for hashes, and for
/// truncated addresses where these are `found_again`.
fn left(pipeline: &[&Config], of: impl Fn(&Config) -> Option<Action>, found_again: bool) -> Option<Action> {
    pipeline.iter().fold(None, |left, config| match left {
        None => of(config).filter(|action| *action != Action::Tag),
        Some(Action::Truncate) if found_again => left.max(of(config)),
        Some(Action::Hash | Action::Pseudonymize) => left.max(config.hides_hashes()),
        left => left,
    })
}

/// The same of keyed hashes: a processor does not look at those that it makes itself.
fn left_of_hashes(pipeline: &[&Config], of: impl Fn(&Config) -> Option<Action>) -> Option<Action> {
    pipeline.iter().fold(None, |left, config| match config.makes_hashes() {
        true => None,
        false => left.or(of(config).filter(|action| *action != Action::Tag)),
    })
}

fn is_hash(action: Action) -> bool {
    matches!(action, Action::Hash | Action::Pseudonymize)
}

/// How much an action hides; nothing is left by `mask` and all behind it.
fn strength(action: Action) -> Action {
    action.min(Action::Mask)
}
