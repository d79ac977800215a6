//! Cross-origin requests: telemetry that browsers send.

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};

/// Lets pages of other origins send telemetry. Credentials are always allowed, as in the Collector.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Cors {
    /// Origins, each with at most one `*`: `https://*.example.com`. Empty: none.
    pub allowed_origins: Vec<String>,
    /// Request headers beyond `Accept`, `Content-Type` and `X-Requested-With`; `*` for any.
    pub allowed_headers: Vec<String>,
    /// Response headers that pages may read.
    pub exposed_headers: Vec<String>,
    /// Seconds for which a browser may remember the answer to its preflight request; 0: its own default.
    pub max_age: u32,
}

const SIMPLE_HEADERS: [&str; 3] = ["accept", "content-type", "x-requested-with"];

impl Cors {
    /// Adds to an answer what lets the page read it.
    pub fn answer(&self, request: &HeaderMap, response: &mut HeaderMap) {
        response.append(header::VARY, HeaderValue::from_static("Origin"));
        let Some(origin) = request.get(header::ORIGIN).filter(|origin| self.allows(origin)) else { return };
        response.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        response.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        if let Ok(exposed) = HeaderValue::try_from(self.exposed_headers.join(", "))
            && !exposed.is_empty()
        {
            response.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
        }
    }

    /// Adds to the answer of a preflight request what the page may send.
    pub fn preflight(&self, request: &HeaderMap, response: &mut HeaderMap) {
        self.answer(request, response);
        if !response.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN) {
            return;
        }
        response.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST"));
        if let Some(wanted) = request.get(header::ACCESS_CONTROL_REQUEST_HEADERS)
            && wanted.to_str().is_ok_and(|names| names.split(',').all(|name| self.takes(name.trim())))
        {
            response.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
        }
        if self.max_age > 0 {
            response.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from(self.max_age));
        }
    }

    fn allows(&self, origin: &HeaderValue) -> bool {
        let Ok(origin) = origin.to_str() else { return false };
        self.allowed_origins.iter().any(|pattern| match pattern.split_once('*') {
            None => pattern.eq_ignore_ascii_case(origin),
            Some((head, tail)) => {
                origin.len() >= head.len() + tail.len() && origin.starts_with(head) && origin.ends_with(tail)
            }
        })
    }

    fn takes(&self, name: &str) -> bool {
        // What is no header name is echoed to nobody.
        name.parse::<HeaderName>().is_ok()
            && (SIMPLE_HEADERS.iter().any(|simple| simple.eq_ignore_ascii_case(name))
                || self.allowed_headers.iter().any(|known| known == "*" || known.eq_ignore_ascii_case(name)))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn preflight(origin: &'static str, headers: &'static str) -> HeaderMap {
        let cors = Cors {
            allowed_origins: vec!["https://*.example.com".into()],
            allowed_headers: vec!["X-Tenant".into()],
            max_age: 7200,
            ..Cors::default()
        };
        let mut request = HeaderMap::new();
        request.insert(header::ORIGIN, HeaderValue::from_static(origin));
        request.insert(header::ACCESS_CONTROL_REQUEST_HEADERS, HeaderValue::from_static(headers));
        let mut response = HeaderMap::new();
        cors.preflight(&request, &mut response);
        response
    }

    #[test]
    fn an_allowed_origin_may_send_the_allowed_headers() {
        let response = preflight("https://app.example.com", "content-type, x-tenant");
        assert_eq!(response.get("access-control-allow-origin").unwrap(), "https://app.example.com");
        assert_eq!(response.get("access-control-allow-headers").unwrap(), "content-type, x-tenant");
        assert_eq!(response.get("access-control-allow-credentials").unwrap(), "true");
        assert_eq!(response.get("access-control-max-age").unwrap(), "7200");
    }

    #[test]
    fn a_foreign_origin_or_header_is_not_allowed() {
        for origin in ["https://example.org", "https://evil.com/.example.com.evil", "null"] {
            assert_eq!(
                preflight(origin, "content-type").get("access-control-allow-origin"),
                None,
                "{origin}"
            );
        }
        let response = preflight("https://app.example.com", "content-type, cookie");
        assert_eq!(response.get("access-control-allow-headers"), None);
    }
}
