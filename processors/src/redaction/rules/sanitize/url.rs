//! URLs without what varies from one request to the next.

/// How long a part of a path may be to stay, in bytes.
const LONGEST: usize = 32;

/// A URL or a path without its query, its fragment and its user, and with `*` for the parts of its path that have a
/// digit or a sign in them or are long; `v2` stays.
pub fn sanitize(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = match url.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), url),
    };
    let (host, path) = match (scheme.is_empty(), rest.find('/')) {
        (true, _) => ("", rest),
        (false, Some(slash)) => rest.split_at_checked(slash).unwrap_or(("", rest)),
        (false, None) => (rest, ""),
    };
    let host = host.rsplit('@').next().unwrap_or_default();
    let parts: Vec<&str> = path.split('/').map(|part| if is_fixed(part) { part } else { "*" }).collect();
    scheme + host + &parts.join("/")
}

/// A text with every word of it sanitised that has a slash in it.
pub fn sanitize_words(text: &str) -> String {
    let word = |word: &str| if word.contains('/') { sanitize(word) } else { word.to_owned() };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

fn is_fixed(part: &str) -> bool {
    let version = part.strip_prefix('v').is_some_and(|number| {
        (1..=2).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit())
    });
    let plain = |byte: u8| byte.is_ascii_alphabetic() || matches!(byte, b'-' | b'_' | b'.');
    version || part.len() <= LONGEST && part.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_varies_is_taken_out() {
        for (url, expected) in [
            (
                "https://u:p@example.org:8443/v1/users/4711/profile?token=x#y",
                "https://example.org:8443/v1/users/*/profile",
            ),
            ("/orders/9b2e-41aa/items", "/orders/*/items"),
            ("/files/größe/a%20b", "/files/*/*"),
            ("https://example.org?x=1", "https://example.org"),
            ("/a/thispartofapathislongerthanthirtytwobytes/b", "/a/*/b"),
            ("plain", "plain"),
            ("", ""),
        ] {
            assert_eq!(sanitize(url), expected, "{url}");
        }
        assert_eq!(sanitize_words("GET /users/7?x and 7"), "GET /users/* and 7");
    }
}
