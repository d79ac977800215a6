//! Commands of key-value stores, and queries in JSON, without what is asked for.

use serde::de::IgnoredAny;
use serde_json::Deserializer;

/// Each command of a pipeline, one a line, with `?` for its arguments. `None` where a line is no command, as a value
/// may have several lines.
pub fn redis(commands: &str) -> Option<String> {
    let mut lines = Vec::new();
    for line in commands.lines() {
        let command = command(line)?;
        let name = command.split(' ').next().unwrap_or_default();
        if !lines.is_empty() && !IN_PIPELINES.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            return None;
        }
        lines.push(command);
    }
    Some(lines.join("\n"))
}

/// Commands of Redis and Valkey, without those that manage servers: <https://redis.io/docs/latest/commands/>.
#[rustfmt::skip]
const IN_PIPELINES: &[&str] = &[
    "append", "auth", "bitcount", "bitfield", "bitop", "bitpos", "blmove", "blmpop", "blpop", "brpop",
    "bzmpop", "bzpopmax", "bzpopmin", "client", "copy", "dbsize", "decr", "decrby", "del", "discard", "dump",
    "echo", "eval", "evalsha", "exec", "exists", "expire", "expireat", "expiretime", "fcall", "geoadd",
    "geodist", "geohash", "geopos", "georadius", "geosearch", "geosearchstore", "get", "getbit", "getdel",
    "getex", "getrange", "getset", "hdel", "hello", "hexists", "hexpire", "hget", "hgetall", "hgetdel",
    "hgetex", "hincrby", "hincrbyfloat", "hkeys", "hlen", "hmget", "hmset", "hpersist", "hrandfield",
    "hscan", "hset", "hsetex", "hsetnx", "hstrlen", "httl", "hvals", "incr", "incrby", "incrbyfloat",
    "keys", "lindex", "linsert", "llen", "lmove", "lmpop", "lpop", "lpos", "lpush", "lpushx", "lrange",
    "lrem", "lset", "ltrim", "mget", "mset", "msetnx", "multi", "persist", "pexpire", "pfadd", "pfcount",
    "pfmerge", "ping", "psetex", "pttl", "publish", "rename", "renamenx", "restore", "rpop", "rpoplpush",
    "rpush", "rpushx", "sadd", "scan", "scard", "sdiff", "select", "set", "setbit", "setex", "setnx",
    "setrange", "sinter", "sismember", "smembers", "smismember", "smove", "spop", "srandmember", "srem",
    "sscan", "strlen", "sunion", "touch", "ttl", "type", "unlink", "unwatch", "wait", "watch", "xack",
    "xadd", "xdel", "xlen", "xrange", "xread", "xreadgroup", "xtrim", "zadd", "zcard", "zcount",
    "zincrby", "zmscore", "zpopmax", "zpopmin", "zrange", "zrank", "zrem", "zscore",
];

/// The first command with `?` for its arguments; what is behind it are data.
pub fn memcached(commands: &str) -> Option<String> {
    command(commands.lines().next()?)
}

fn command(line: &str) -> Option<String> {
    let line = line.trim();
    let (name, arguments) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let is_name = name.len() <= 32
        && name.bytes().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'.'));
    // An argument that is quoted over several lines would look like a command.
    let is_whole = arguments.matches(['"', '\'']).count() % 2 == 0;
    (is_name && is_whole).then(|| if arguments.is_empty() { name.to_owned() } else { format!("{name} ?") })
}

/// JSON documents, one behind the other, with `?` for every value. `None` where something is no JSON.
pub fn json(documents: &str) -> Option<String> {
    let mut stream = Deserializer::from_str(documents).into_iter::<IgnoredAny>();
    let mut out = Vec::new();
    let mut begin = 0;
    while let Some(document) = stream.next() {
        document.ok()?;
        let end = stream.byte_offset();
        out.push(shape(documents.get(begin..end)?));
        begin = end;
    }
    Some(out.join("\n"))
}

/// A document with its keys as they are written.
fn shape(document: &str) -> String {
    let mut out = String::with_capacity(document.len());
    let mut rest = document.trim_start();
    while let Some(first) = rest.bytes().next() {
        let length = match first {
            b'{' | b'}' | b'[' | b']' | b':' | b',' => 1,
            b'"' => string_length(rest),
            _ => rest.find(|sign: char| sign.is_whitespace() || "}],".contains(sign)).unwrap_or(rest.len()),
        };
        let (token, behind) = rest.split_at_checked(length).unwrap_or((rest, ""));
        rest = behind.trim_start();
        let is_kept = length == 1 && !first.is_ascii_alphanumeric() || first == b'"' && rest.starts_with(':');
        out.push_str(if is_kept { token } else { "\"?\"" });
    }
    out
}

/// How long the string is that a text begins with, with its quotes.
fn string_length(text: &str) -> usize {
    let mut is_escaped = false;
    let end = text.bytes().skip(1).position(|byte| {
        let is_end = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        is_end
    });
    end.map_or(text.len(), |end| end + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commands_arguments_are_one_question_mark() {
        assert_eq!(redis("SET user:1 secret EX 60\nGET user:1\nPING").as_deref(), Some("SET ?\nGET ?\nPING"));
        assert_eq!(memcached("set k 0 60 6\r\nsecret\r\n").as_deref(), Some("set ?"));
        for none in
            ["user:1 x", "SET k \"a\nsecret b\"", "SET k 'a\nsecret", "SET k a\nsecret", "set k a\nmy secret"]
        {
            assert_eq!(redis(none), None, "{none}");
        }
    }

    #[test]
    fn a_query_keeps_its_shape_and_none_of_its_values() {
        let query = r#"{"find":"users","filter":{"a":{"$in":[1,"x",null]}},"limit":1.5}"#;
        let shape = r#"{"find":"?","filter":{"a":{"$in":["?","?","?"]}},"limit":"?"}"#;
        assert_eq!(json(query).as_deref(), Some(shape));
        assert_eq!(json("{\"index\":{}}\n{\"a\":1}\n").as_deref(), Some("{\"index\":{}}\n{\"a\":\"?\"}"));
        for none in ["db.users.find({})", "{\"a\":", "{} x"] {
            assert_eq!(json(none), None, "{none}");
        }
        assert_eq!(json(&"[".repeat(100_000)), None);
    }
}
