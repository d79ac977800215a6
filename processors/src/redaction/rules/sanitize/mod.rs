//! Sanitisers of URLs and of what is asked of databases: the shape stays, the values go.
//!
//! What cannot be read is masked as a whole.

mod commands;
mod settings;
mod sql;
mod url;

pub use settings::{Database, DbSanitizer, UrlSanitizer};

use pdata::schema::Message;
use pdata::view::attributes;
use std::borrow::Cow;

/// What sanitisers are configured.
pub struct Sanitizers {
    url: UrlSanitizer,
    db: DbSanitizer,
}

/// A family of databases that are asked in the same way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Databases that speak SQL.
    Sql,
    Redis,
    Valkey,
    Memcached,
    Mongo,
    OpenSearch,
    Elasticsearch,
}

/// What a record says of the database that it is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum System {
    /// Nothing.
    #[default]
    Unsaid,
    /// None that can be sanitised.
    Other,
    Known(Kind),
}

/// What became of a text.
#[derive(Debug, PartialEq, Eq)]
pub enum Sanitized {
    /// It stays.
    Same,
    /// This stands in its place.
    Text(String),
    /// It could not be read.
    Unreadable,
}

impl Sanitizers {
    /// These; nothing where none is switched on.
    pub fn new(url: &UrlSanitizer, db: &DbSanitizer) -> Option<Sanitizers> {
        (url.enabled || db.enabled()).then(|| Sanitizers { url: url.clone(), db: db.clone() })
    }

    /// What a record says of its database.
    pub fn system(&self, of: &'static Message, record: &[u8]) -> System {
        if !self.db.enabled() {
            return System::Unsaid;
        }
        let all = attributes(of, record);
        let mut names = ["db.system.name", "db.system"].into_iter().filter_map(|key| all.get(key)?.as_text());
        match names.find(|name| !name.as_bytes().is_empty()) {
            None => System::Unsaid,
            Some(name) => Kind::of(&name.as_str().to_lowercase()).map_or(System::Other, System::Known),
        }
    }

    /// Whether one of them is for the attributes of this key.
    pub fn lists(&self, key: &str) -> bool {
        self.lists_url(key) || self.db.kinds(key).next().is_some()
    }

    fn lists_url(&self, key: &str) -> bool {
        self.url.enabled && self.url.attributes.iter().any(|listed| listed == key)
    }

    /// An attribute's value.
    pub fn attribute(&self, key: &str, value: &str, system: System) -> Sanitized {
        let mut out = Cow::from(value);
        if self.lists_url(key) {
            out = url::sanitize(value).into();
        }
        let mut kinds = self.db.kinds(key);
        let kind = match (system, kinds.next(), kinds.next()) {
            (_, None, _) | (System::Other, ..) => None,
            (System::Known(kind), ..) => self.db.kinds(key).find(|listed| *listed == kind),
            (System::Unsaid, only, None) => only,
            // Read as another database's it might stay.
            (System::Unsaid, ..) => return Sanitized::Unreadable,
        };
        match kind.map(|kind| kind.sanitize(&out)) {
            Some(None) => Sanitized::Unreadable,
            Some(Some(text)) => Sanitized::changed(value, text),
            None => Sanitized::changed(value, out.into_owned()),
        }
    }

    /// A span's name.
    pub fn span_name(&self, name: &str, system: System) -> Sanitized {
        let is_document = name.trim_start().starts_with(['{', '[']);
        if let System::Known(kind) = system
            && self.db.sanitize_span_name
            && self.db.is_enabled(kind)
        {
            match kind.sanitize(name) {
                Some(text) => return Sanitized::changed(name, text),
                // It names what is asked.
                None if kind.reads_documents() && !is_document => {}
                None => return Sanitized::Unreadable,
            }
        }
        match self.url.enabled && self.url.sanitize_span_name {
            true => Sanitized::changed(name, url::sanitize_words(name)),
            false => Sanitized::Same,
        }
    }

    /// A body that is a text.
    pub fn body(&self, body: &str) -> Sanitized {
        match self.url.enabled && self.url.sanitize_log_body {
            true => Sanitized::changed(body, url::sanitize_words(body)),
            false => Sanitized::Same,
        }
    }
}

impl Sanitized {
    fn changed(before: &str, after: String) -> Sanitized {
        if before == after { Sanitized::Same } else { Sanitized::Text(after) }
    }
}

impl Kind {
    /// By its name in the semantic conventions, old and new.
    fn of(system: &str) -> Option<Kind> {
        Some(match system {
            "redis" => Kind::Redis,
            "valkey" => Kind::Valkey,
            "memcached" => Kind::Memcached,
            "mongodb" => Kind::Mongo,
            "opensearch" => Kind::OpenSearch,
            "elasticsearch" => Kind::Elasticsearch,
            "other_sql"
            | "actian.ingres"
            | "adabas"
            | "aws.redshift"
            | "cassandra"
            | "clickhouse"
            | "cockroachdb"
            | "db2"
            | "derby"
            | "firebird"
            | "firebirdsql"
            | "gcp.spanner"
            | "h2"
            | "h2database"
            | "hanadb"
            | "hive"
            | "hsqldb"
            | "ibm.db2"
            | "ibm.informix"
            | "informix"
            | "ingres"
            | "interbase"
            | "mariadb"
            | "microsoft.sql_server"
            | "mssql"
            | "mysql"
            | "oracle"
            | "oracle.db"
            | "postgresql"
            | "redshift"
            | "sap.hana"
            | "spanner"
            | "sqlite"
            | "sybase"
            | "teradata"
            | "trino"
            | "vertica" => Kind::Sql,
            _ => return None,
        })
    }

    /// Its key in the settings.
    pub fn key(self) -> &'static str {
        match self {
            Kind::Sql => "sql",
            Kind::Redis => "redis",
            Kind::Valkey => "valkey",
            Kind::Memcached => "memcached",
            Kind::Mongo => "mongo",
            Kind::OpenSearch => "opensearch",
            Kind::Elasticsearch => "es",
        }
    }

    /// Whether it is asked in JSON.
    pub fn reads_documents(self) -> bool {
        matches!(self, Kind::Mongo | Kind::OpenSearch | Kind::Elasticsearch)
    }

    fn sanitize(self, text: &str) -> Option<String> {
        match self {
            Kind::Sql => sql::sanitize(text),
            Kind::Redis | Kind::Valkey => commands::redis(text),
            Kind::Memcached => commands::memcached(text),
            Kind::Mongo | Kind::OpenSearch | Kind::Elasticsearch => commands::json(text),
        }
    }
}
