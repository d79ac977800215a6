//! What becomes of what a detector finds.

use super::config::HashKey;
use super::detectors::Detector;
use super::hits::MASK;
use aws_lc_rs::hmac;
use data_encoding::BASE32_NOPAD;
use pdata::view::{AnyValue, ResourceGroup, Text, TextBuf};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What becomes of what a detector finds. Of finds that overlap, and of several in one value, the one
/// furthest down this list decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Nothing: it is only counted.
    Tag,
    /// Of an IP address the network stays: 24 bits of IPv4, 48 of IPv6. Anything else is masked.
    Truncate,
    /// The domain of an e-mail address stays behind the mask.
    KeepDomain,
    #[serde(rename = "keep_last_4")]
    /// The last four letters or digits stay behind the mask, where there are twelve or more.
    KeepLast4,
    /// A keyed hash stands in its place: `h1:`, the key's id, `:` and 128 bits of HMAC-SHA256 in base32.
    /// Equal values stay equal, for whoever joins events by them.
    Hash,
    /// The same beginning with `p1:`, with a key for each tenant, derived from the tenant's name: values of
    /// different tenants are never equal.
    Pseudonymize,
    /// `****` stands in its place.
    #[default]
    Mask,
    /// The whole value becomes empty.
    DropValue,
    /// The attribute is taken out. A text that is no attribute's becomes empty.
    DropKey,
    /// The log record, span or data point is taken out. What is found in a resource or a scope is masked, as
    /// it belongs to all records.
    DropRecord,
}

impl Action {
    /// Its name in settings.
    pub fn name(self) -> &'static str {
        match self {
            Action::Tag => "tag",
            Action::Truncate => "truncate",
            Action::KeepDomain => "keep_domain",
            Action::KeepLast4 => "keep_last_4",
            Action::Hash => "hash",
            Action::Pseudonymize => "pseudonymize",
            Action::Mask => "mask",
            Action::DropValue => "drop_value",
            Action::DropKey => "drop_key",
            Action::DropRecord => "drop_record",
        }
    }

    /// Whether it hashes with a key.
    pub fn needs_key(self) -> bool {
        matches!(self, Action::Hash | Action::Pseudonymize)
    }
}

/// What a keyed hash begins with. The key's id, `:` and [`HASH_LEN`] letters and digits of base32 follow.
pub const HASHED: &str = "h1:";
/// What a pseudonym begins with; the rest is as it is of a hash.
pub const PSEUDONYM: &str = "p1:";
/// 128 bits in base32, without padding.
pub const HASH_LEN: usize = 26;

/// What becomes of the finds of each detector.
pub struct Actions {
    of: [Action; Detector::ALL.len()],
    hash: Option<Hash>,
}

struct Hash {
    key: hmac::Key,
    key_id: String,
    tenant_attribute: Option<String>,
}

/// The key of the tenant whose resource the walk is in.
#[derive(Default)]
pub struct Tenant(Option<hmac::Key>);

impl Actions {
    /// What is configured.
    pub fn new(actions: impl Iterator<Item = (Detector, Action)>, hash: Option<&HashKey>) -> Actions {
        let mut of = [Action::Mask; Detector::ALL.len()];
        for (detector, action) in actions {
            of.iter_mut().skip(detector as usize).take(1).for_each(|slot| *slot = action);
        }
        let hash = hash.map(|hash| Hash {
            key: hmac::Key::new(hmac::HMAC_SHA256, hash.key.expose().as_bytes()),
            key_id: hash.key_id.clone(),
            tenant_attribute: hash.tenant_attribute.clone(),
        });
        Actions { of, hash }
    }

    /// What becomes of what a detector finds.
    pub fn of(&self, detector: Detector) -> Action {
        self.of.get(detector as usize).copied().unwrap_or_default()
    }

    /// Whose resource it is. Without the attribute all are one tenant.
    pub fn tenant(&self, resource: &ResourceGroup<'_>) -> Tenant {
        let Some(hash) = self.hash.as_ref() else { return Tenant::default() };
        let name = hash.tenant_attribute.as_ref().and_then(|key| resource.attributes().get(key));
        let name = match name {
            Some(AnyValue::Str(name)) => name.as_bytes(),
            _ => &[],
        };
        // Nothing leads back from it to the configured key.
        Tenant(Some(hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&hash.key, name).as_ref())))
    }

    /// Writes what stands in the place of `found`, which stays if it is what an agent before this one put there.
    pub fn put(&self, action: Action, found: Text<'_>, tenant: &Tenant, out: &mut TextBuf) {
        match action {
            Action::Tag => out.push(found),
            Action::KeepLast4 if is_last_four(found.as_str()) => out.push(found),
            Action::Hash if self.is_hash(HASHED, found.as_str()) => out.push(found),
            Action::Pseudonymize if self.is_hash(PSEUDONYM, found.as_str()) => out.push(found),
            Action::Truncate => match network(found.as_str()) {
                Some(network) => out.push(network.as_str().into()),
                None => out.push(MASK.into()),
            },
            Action::KeepDomain => {
                out.push(MASK.into());
                out.push(domain(found));
            }
            Action::KeepLast4 => {
                out.push(MASK.into());
                out.push(last_four(found.as_str()).as_str().into());
            }
            Action::Hash => self.put_hash(HASHED, |hash| Some(&hash.key), found, out),
            Action::Pseudonymize => self.put_hash(PSEUDONYM, |_| tenant.0.as_ref(), found, out),
            // What is dropped as a whole does not come here, but where that cannot be.
            Action::Mask | Action::DropValue | Action::DropKey | Action::DropRecord => out.push(MASK.into()),
        }
    }

    /// Whether this is a hash with the key that is configured, by the key's id.
    fn is_hash(&self, form: &str, found: &str) -> bool {
        let of_key = |hash: &Hash| found.strip_prefix(form)?.strip_prefix(&hash.key_id)?.strip_prefix(':');
        let hash = self.hash.as_ref().and_then(of_key).unwrap_or_default();
        hash.len() == HASH_LEN && hash.bytes().all(|sign| matches!(sign, b'a'..=b'z' | b'2'..=b'7'))
    }

    fn put_hash<'s>(
        &'s self,
        form: &str,
        key: impl FnOnce(&'s Hash) -> Option<&'s hmac::Key>,
        found: Text<'_>,
        out: &mut TextBuf,
    ) {
        let Some((hash, key)) = self.hash.as_ref().and_then(|hash| Some((hash, key(hash)?))) else {
            return out.push(MASK.into());
        };
        let tag = hmac::sign(key, found.as_bytes());
        let half = tag.as_ref().get(..16).unwrap_or_default();
        for part in [form, &hash.key_id, ":", &BASE32_NOPAD.encode(half).to_ascii_lowercase()] {
            out.push(part.into());
        }
    }
}

/// The network of an address: 24 bits, or 48 of IPv6.
fn network(address: &str) -> Option<String> {
    Some(match address.parse().ok()? {
        IpAddr::V4(address) => Ipv4Addr::from_bits(address.to_bits() & !0xFF).to_string(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (!0 << 80)).to_string(),
    })
}

/// `@example.org` of an address; nothing of what is none.
fn domain(found: Text<'_>) -> Text<'_> {
    let bytes = found.as_bytes();
    let at = memchr::memrchr(b'@', bytes).or_else(|| memchr::memmem::rfind(bytes, b"%40"));
    at.and_then(|at| found.get(at..bytes.len())).unwrap_or_default()
}

/// The last four letters or digits of twelve or more; nothing of what has fewer, as they would be a third of it.
fn last_four(found: &str) -> String {
    let signs: Vec<char> = found.chars().filter(|sign| sign.is_alphanumeric()).collect();
    match signs.len() {
        ..12 => String::new(),
        len => signs.into_iter().skip(len - 4).collect(),
    }
}

/// Whether this is what stays of something longer.
fn is_last_four(found: &str) -> bool {
    let signs = found.strip_prefix(MASK).unwrap_or_default();
    signs.chars().count() == 4 && signs.chars().all(char::is_alphanumeric)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use component::settings::SecretReference;

    fn put(action: Action, found: &str) -> String {
        let key = HashKey {
            key_id: "k7".into(),
            key: SecretReference::new("0123456789abcdef0123456789abcdef"),
            tenant_attribute: None,
        };
        let actions = Actions::new([].into_iter(), Some(&key));
        let mut out = TextBuf::default();
        let tenant = actions.tenant(&ResourceGroup::parse(b""));
        actions.put(action, found.into(), &tenant, &mut out);
        out.as_text().as_str().to_string()
    }

    #[test]
    fn what_stands_in_the_place_of_a_find() {
        for (action, found, expected) in [
            (Action::Tag, "maria@example.org", "maria@example.org"),
            (Action::Mask, "maria@example.org", "****"),
            (Action::KeepDomain, "maria@example.org", "****@example.org"),
            (Action::KeepDomain, "maria%40example.org", "****%40example.org"),
            (Action::KeepDomain, "4111111111111111", "****"),
            (Action::KeepLast4, "4111 1111 1111 1234", "****1234"),
            (Action::KeepLast4, "123-45-6789", "****"),
            (Action::Truncate, "10.42.7.113", "10.42.7.0"),
            (Action::Truncate, "2001:db8:85a3:8d3:1319:8a2e:370:7348", "2001:db8:85a3::"),
            (Action::Truncate, "maria@example.org", "****"),
            // HMAC-SHA256 by Python's hmac module.
            (Action::Hash, "maria@example.org", "h1:k7:xetgn2eayqhruyc3fhmaw6edda"),
            (Action::Pseudonymize, "maria@example.org", "p1:k7:p5gnx4vg25ag5bikb5nevcrjym"),
        ] {
            assert_eq!(put(action, found), expected, "{action:?} {found}");
            assert_eq!(put(action, expected), expected, "{action:?} {expected}");
        }
    }

    #[test]
    fn what_only_resembles_what_stands_for_a_find_is_hidden() {
        for (action, found) in [
            (Action::KeepLast4, "****123"),
            (Action::KeepLast4, "****12345"),
            (Action::KeepLast4, "****12-4"),
            (Action::Hash, "h1:k7:xetgn2eayqhruyc3fhmaw6edd"),
            (Action::Hash, "h1:k7:xetgn2eayqhruyc3fhmaw6eddaa"),
            (Action::Hash, "h1:k7:xetgn2eayqhruyc3fhmaw6edd1"),
            (Action::Hash, "h1:k8:xetgn2eayqhruyc3fhmaw6edda"),
            (Action::Hash, "p1:k7:p5gnx4vg25ag5bikb5nevcrjym"),
            (Action::Pseudonymize, "h1:k7:xetgn2eayqhruyc3fhmaw6edda"),
        ] {
            assert_ne!(put(action, found), found, "{action:?}");
        }
    }

    #[test]
    fn without_a_key_a_hash_is_a_mask() {
        let mut out = TextBuf::default();
        Actions::new([].into_iter(), None).put(Action::Hash, "maria".into(), &Tenant::default(), &mut out);
        assert_eq!(out.as_text().as_str(), MASK);
    }
}
