//! Settings of sanitisers.

use super::Kind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Takes out of URLs what varies: queries, fragments, users, and the parts of paths that have digits or signs in them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct UrlSanitizer {
    /// Whether it is on.
    pub enabled: bool,
    /// The keys of attributes that are URLs or paths.
    pub attributes: Vec<String>,
    /// Whether the names of spans are sanitised too, word by word, where there is a `/` or a query in one.
    pub sanitize_span_name: bool,
    /// Whether bodies that are texts are sanitised too, word by word, where there is a `/` or a query in one.
    pub sanitize_log_body: bool,
}

impl Default for UrlSanitizer {
    fn default() -> UrlSanitizer {
        UrlSanitizer {
            enabled: false,
            attributes: Vec::new(),
            sanitize_span_name: true,
            sanitize_log_body: false,
        }
    }
}

/// Takes the values out of what is asked of databases: literals of SQL, arguments of commands, values in JSON. What cannot be
/// read is masked as a whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DbSanitizer {
    /// Databases that speak SQL.
    pub sql: Database,
    /// Redis.
    pub redis: Database,
    /// Valkey.
    pub valkey: Database,
    /// Memcached.
    pub memcached: Database,
    /// MongoDB, in JSON.
    pub mongo: Database,
    /// OpenSearch.
    pub opensearch: Database,
    /// Elasticsearch.
    pub es: Database,
    /// Whether the names of spans that say one of these databases are sanitised too.
    pub sanitize_span_name: bool,
}

/// What is sanitised as asked of one kind of database.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// Whether it is on.
    pub enabled: bool,
    /// The keys of attributes that hold statements, where `db.system.name` or `db.system` says this database. Where neither is there and
    /// several databases list the key, the value is masked as a whole.
    pub attributes: Vec<String>,
}

impl Default for DbSanitizer {
    fn default() -> DbSanitizer {
        DbSanitizer {
            sql: Database::default(),
            redis: Database::default(),
            valkey: Database::default(),
            memcached: Database::default(),
            mongo: Database::default(),
            opensearch: Database::default(),
            es: Database::default(),
            sanitize_span_name: true,
        }
    }
}

impl DbSanitizer {
    /// Each kind with what is set for it.
    pub fn all(&self) -> [(Kind, &Database); 7] {
        [
            (Kind::Sql, &self.sql),
            (Kind::Redis, &self.redis),
            (Kind::Valkey, &self.valkey),
            (Kind::Memcached, &self.memcached),
            (Kind::Mongo, &self.mongo),
            (Kind::OpenSearch, &self.opensearch),
            (Kind::Elasticsearch, &self.es),
        ]
    }

    /// Whether any is on.
    pub fn enabled(&self) -> bool {
        self.all().iter().any(|(_, database)| database.enabled)
    }

    /// Whether one is on.
    pub fn is_enabled(&self, kind: Kind) -> bool {
        self.all().iter().any(|(this, database)| *this == kind && database.enabled)
    }

    /// The kinds that list a key.
    pub fn kinds(&self, key: &str) -> impl Iterator<Item = Kind> {
        let lists = move |database: &Database| {
            database.enabled && database.attributes.iter().any(|listed| listed == key)
        };
        self.all().into_iter().filter(move |(_, database)| lists(database)).map(|(kind, _)| kind)
    }
}
