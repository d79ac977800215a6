//! `weir deadletter stats`.

use super::select::Selection;
use super::text::time;
use crate::cli::{Failed, print};
use serde_json::json;
use std::collections::BTreeMap;

/// Letters that have the same exporter, pipeline, category and status.
#[derive(Default)]
struct Group {
    letters: u64,
    records: u64,
    bytes: u64,
    oldest: Option<u64>,
    newest: u64,
}

type Key = (String, String, &'static str, Option<String>);

/// Prints what there is, by exporter, pipeline, category and status.
pub(super) fn run(selection: &Selection, as_json: bool) -> Result<(), Failed> {
    let mut groups: BTreeMap<Key, Group> = BTreeMap::new();
    for found in selection.find()? {
        let letter = found?.kept.letter;
        let key = (
            letter.exporter.to_string(),
            letter.pipeline.to_string(),
            letter.category.as_str(),
            letter.status().map(str::to_owned),
        );
        let group = groups.entry(key).or_default();
        group.letters += 1;
        group.records += u64::from(letter.request.records());
        group.bytes += letter.request.bytes().len() as u64;
        group.oldest =
            Some(group.oldest.map_or(letter.last_unix_nano, |oldest| oldest.min(letter.last_unix_nano)));
        group.newest = group.newest.max(letter.last_unix_nano);
    }
    let mut total = Group::default();
    for ((exporter, pipeline, category, status), group) in &groups {
        total.letters += group.letters;
        total.records += group.records;
        total.bytes += group.bytes;
        let (oldest, newest) = (group.oldest.and_then(time), time(group.newest));
        let Group { letters, records, bytes, .. } = group;
        if as_json {
            let group = json!({
                "exporter": exporter, "pipeline": pipeline, "category": category, "status": status,
                "letters": letters, "records": records, "bytes": bytes, "oldest": oldest, "newest": newest,
            });
            print(&format!("{group}\n"))?;
        } else {
            let status = status.as_deref().unwrap_or("-");
            let oldest = oldest.unwrap_or_default();
            print(&format!(
                "{exporter} {pipeline} {category} {status}: {letters} letters, {records} records, {bytes} bytes, since {oldest}\n"
            ))?;
        }
    }
    match as_json {
        true => Ok(()),
        false => print(&format!(
            "total: {} letters, {} records, {} bytes\n",
            total.letters, total.records, total.bytes
        )),
    }
}
