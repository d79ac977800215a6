//! URLs without what varies from one request to the next.

/// How long a part of a path may be to stay, in bytes.
const LONGEST: usize = 32;

/// A URL or a path without its query, which an `&` begins as well, its fragment and its user, and with `*` for the parts
/// of its path that have a digit or a sign in them or are long; `v2` stays.
pub fn sanitize(url: &str) -> String {
    let (url, query) =
        url.split_at_checked(url.find(['?', '#', '&']).unwrap_or(url.len())).unwrap_or_default();
    let (scheme, rest) = match url.split_once("://").filter(|(scheme, _)| is_scheme(scheme)) {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), url),
    };
    let (host, path) = match (scheme.is_empty(), rest.find('/')) {
        (true, _) => ("", rest),
        (false, Some(slash)) => rest.split_at_checked(slash).unwrap_or(("", rest)),
        (false, None) => (rest, ""),
    };
    let host = host.rsplit('@').next().unwrap_or_default();
    // With an `@` to come it is a user and the beginning of a password.
    let host = if is_host(host) && !(path.is_empty() && query.contains('@')) { host } else { "*" };
    let parts: Vec<&str> = path.split('/').map(|part| if is_fixed(part) { part } else { "*" }).collect();
    scheme + host + &parts.join("/")
}

/// A text with every word of it sanitised that has a slash or a query in it.
pub fn sanitize_words(text: &str) -> String {
    let word = |word: &str| if is_url(word) { sanitize(word) } else { word.to_owned() };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

fn is_url(word: &str) -> bool {
    word.contains('/') || word.split_once(['?', '&', '#']).is_some_and(|(_, query)| query.contains('='))
}

/// Whether it is one, as `jdbc:mysql` is; otherwise it is a path with a URL in it.
fn is_scheme(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.' | b':');
    text.starts_with(|first: char| first.is_ascii_alphabetic()) && text.bytes().all(plain)
}

/// Whether it is a host, or several as MongoDB has them, with or without a port; otherwise rather a user whose password
/// has a `/`, `?` or `#` in it.
fn is_host(hosts: &str) -> bool {
    hosts.split(',').all(|host| {
        let (name, port) = match host.rsplit_once(':') {
            Some(parts) if !host.ends_with(']') => parts,
            _ => (host, ""),
        };
        let plain = |sign: char| sign.is_alphanumeric() || matches!(sign, '-' | '.' | '_');
        let address = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
        let is_name = match address {
            Some(address) => address.chars().all(|sign| plain(sign) || matches!(sign, ':' | '%')),
            None => name.chars().all(plain),
        };
        is_name && port.bytes().all(|byte| byte.is_ascii_digit())
    })
}

fn is_fixed(part: &str) -> bool {
    let version = part.strip_prefix('v').is_some_and(|number| {
        (1..=2).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit())
    });
    let plain = |byte: u8| byte.is_ascii_alphabetic() || matches!(byte, b'-' | b'_' | b'.' | b' ');
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
            ("/files&session=4711", "/files"),
            ("https://example.org?x=1", "https://example.org"),
            ("/a/thispartofapathislongerthanthirtytwobytes/b", "/a/*/b"),
            // A path with a URL in it has no scheme.
            ("/proxy/4711/https://example.org/x", "/proxy/*/*//example.org/x"),
            ("jdbc:mysql://db-1:3306/shop", "jdbc:mysql://db-1:3306/shop"),
            ("mongodb://u:p@a.example:1,b.example:2/shop", "mongodb://a.example:1,b.example:2/shop"),
            ("https://[2001:db8::1]:8443/a", "https://[2001:db8::1]:8443/a"),
            ("https://registry:4873/@scope/x", "https://registry:4873/*/x"),
            // Passwords with signs that had to be encoded.
            ("postgres://maria:p#ss@host/db", "postgres://*"),
            ("postgres://maria:12#ss@host/db", "postgres://*"),
            ("postgres://maria:p?ss@host/db", "postgres://*"),
            ("postgres://maria:p/ss@host/db", "postgres://*/*/db"),
            ("plain", "plain"),
            ("", ""),
        ] {
            assert_eq!(sanitize(url), expected, "{url}");
        }
        assert_eq!(sanitize_words("GET /users/7?x and 7 or a?b=7, why?"), "GET /users/* and 7 or a why?");
    }
}
