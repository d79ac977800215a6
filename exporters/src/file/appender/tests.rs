#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::expect_used)]

use super::*;
use bytes::Bytes;
use component::settings::Duration;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

const START: &str = "2022-09-14T05:02:14.173Z";

fn at(seconds: i64) -> Timestamp {
    START.parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds)
}

fn config(directory: &Path) -> Config {
    Config { path: directory.join("audit.json"), ..Config::default() }
}

fn rotation(max_megabytes: u64) -> Rotation {
    Rotation { max_megabytes, ..Rotation::default() }
}

/// Every file of the directory by name, with its contents.
fn files(directory: &Path) -> Vec<(String, String)> {
    let mut files: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap()))
        .collect();
    files.sort();
    files
}

fn one(text: &str) -> Vec<(String, String)> {
    vec![("audit.json".into(), text.into())]
}

#[test]
fn an_existing_file_is_appended_to_and_a_cut_line_is_ended_first() {
    let directory = tempfile::tempdir().unwrap();
    let config = config(directory.path());
    fs::write(&config.path, "old\nhalf").unwrap();
    let mut appender = Appender::open(&config, at(0)).unwrap();
    appender.append(b"new\n", at(0)).unwrap();
    drop(appender);
    let mut again = Appender::open(&config, at(0)).unwrap();
    again.append(b"newer\n", at(0)).unwrap();
    assert_eq!(files(directory.path()), one("old\nhalf\nnew\nnewer\n"));
}

#[test]
fn a_new_file_is_the_owners_alone_and_its_directories_are_made_on_request() {
    let directory = tempfile::tempdir().unwrap();
    let mut config = Config { path: directory.path().join("a/b/audit.json"), ..Config::default() };
    assert_eq!(Appender::open(&config, at(0)).unwrap_err().kind(), io::ErrorKind::NotFound);
    config.create_directory = true;
    let _appender = Appender::open(&config, at(0)).unwrap();
    assert_eq!(fs::metadata(&config.path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(directory.path().join("a")).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn two_writers_of_one_file_are_refused_until_the_first_is_gone() {
    let directory = tempfile::tempdir().unwrap();
    let config = config(directory.path());
    let first = Appender::open(&config, at(0)).unwrap();
    let link = Config { path: directory.path().join("link"), ..Config::default() };
    std::os::unix::fs::symlink(&config.path, &link.path).unwrap();
    for config in [&config, &link] {
        assert_eq!(Appender::open(config, at(0)).unwrap_err().kind(), io::ErrorKind::ResourceBusy);
    }
    drop(first);
    Appender::open(&config, at(0)).unwrap();
}

#[test]
fn a_file_that_would_grow_too_large_is_set_aside_between_batches() {
    let directory = tempfile::tempdir().unwrap();
    let config = Config { rotation: Some(rotation(1)), ..config(directory.path()) };
    let mut appender = Appender::open(&config, at(0)).unwrap();
    let batch = |letter: &str| format!("{}\n", letter.repeat(600 << 10));
    for (second, letter) in ["a", "b", "c"].iter().enumerate() {
        appender.append(batch(letter).as_bytes(), at(second as i64)).unwrap();
    }
    // More than a file may hold: it has one of its own.
    let large = format!("{}\n", "d".repeat(2 << 20));
    appender.append(large.as_bytes(), at(3)).unwrap();
    appender.append(b"e\n", at(4)).unwrap();
    let expected = [
        ("audit-2022-09-14T05-02-15.173.json", batch("a")),
        ("audit-2022-09-14T05-02-16.173.json", batch("b")),
        ("audit-2022-09-14T05-02-17.173.json", batch("c")),
        ("audit-2022-09-14T05-02-18.173.json", large),
        ("audit.json", "e\n".to_owned()),
    ];
    let found = files(directory.path());
    let found: Vec<_> = found.iter().map(|(name, text)| (name.as_str(), text.clone())).collect();
    assert!(
        found == expected,
        "{:?}",
        found.iter().map(|(name, text)| (name, text.len())).collect::<Vec<_>>()
    );
}

#[test]
fn a_file_that_is_old_enough_is_set_aside_and_an_empty_one_is_not() {
    let directory = tempfile::tempdir().unwrap();
    let rotation = Rotation { interval: Duration::secs(60), ..rotation(1) };
    let config = Config { rotation: Some(rotation), ..config(directory.path()) };
    let mut appender = Appender::open(&config, at(0)).unwrap();
    appender.append(b"a\n", at(100)).unwrap();
    appender.append(b"b\n", at(101)).unwrap();
    appender.append(b"c\n", at(102)).unwrap();
    let texts: Vec<_> = files(directory.path()).into_iter().map(|(_, text)| text).collect();
    assert_eq!(texts, ["a\n", "b\nc\n"]);
}

#[test]
fn only_so_many_old_files_are_kept_where_that_is_asked_for() {
    for (max_backups, kept) in [(0, 5), (2, 2)] {
        let directory = tempfile::tempdir().unwrap();
        let rotation = Rotation { max_backups, ..rotation(1) };
        let config = Config { rotation: Some(rotation), ..config(directory.path()) };
        let mut appender = Appender::open(&config, at(0)).unwrap();
        for second in 0..6 {
            appender.append(&[b'x'; 1 << 20], at(second)).unwrap();
        }
        assert_eq!(files(directory.path()).len() - 1, kept);
    }
}

#[test]
fn a_file_that_was_moved_away_or_deleted_is_begun_anew() {
    let directory = tempfile::tempdir().unwrap();
    let config = config(directory.path());
    let moved = directory.path().join("audit.json.1");
    let mut appender = Appender::open(&config, at(0)).unwrap();
    appender.append(b"a\n", at(0)).unwrap();
    fs::rename(&config.path, &moved).unwrap();
    appender.append(b"b\n", at(0)).unwrap();
    fs::remove_file(&config.path).unwrap();
    appender.append(b"c\n", at(0)).unwrap();
    assert_eq!(fs::read_to_string(moved).unwrap(), "a\n");
    assert_eq!(fs::read_to_string(config.path).unwrap(), "c\n");
}

#[test]
fn a_file_that_was_emptied_in_place_gets_no_zeros() {
    let directory = tempfile::tempdir().unwrap();
    let config = config(directory.path());
    let mut appender = Appender::open(&config, at(0)).unwrap();
    appender.append(b"long\n", at(0)).unwrap();
    OpenOptions::new().write(true).open(&config.path).unwrap().set_len(0).unwrap();
    appender.append(b"b\n", at(0)).unwrap();
    assert_eq!(files(directory.path()), one("b\n"));
}

#[test]
fn a_compressed_file_is_appended_to_and_one_with_a_torn_end_is_set_aside() {
    for compression in [Compression::Gzip, Compression::Zstd] {
        let directory = tempfile::tempdir().unwrap();
        let config = Config { compression, ..config(directory.path()) };
        let pack =
            |text: &'static str| compression.pack(b"", [Bytes::from_static(text.as_bytes())].iter()).unwrap();
        let (a, b) = (pack("a\n"), pack("b\n"));
        Appender::open(&config, at(0)).unwrap().append(&a, at(0)).unwrap();
        Appender::open(&config, at(0)).unwrap().append(&b, at(0)).unwrap();
        assert_eq!(fs::read(&config.path).unwrap(), [a.as_slice(), &b].concat());

        let torn = [a.as_slice(), &b[..b.len() - 1]].concat();
        fs::write(&config.path, &torn).unwrap();
        Appender::open(&config, at(0)).unwrap().append(&b, at(0)).unwrap();
        assert_eq!(fs::read(&config.path).unwrap(), b);
        let old = config.path.with_file_name("audit-2022-09-14T05-02-14.173.json");
        assert_eq!(fs::read(old).unwrap(), torn);
    }
}

/// The end of a file that takes everything and cannot make it durable.
fn unsyncable() -> (std::io::PipeReader, Tail<Appended>) {
    let (reader, writer) = std::io::pipe().unwrap();
    (reader, Tail::new(Appended::to(File::from(std::os::fd::OwnedFd::from(writer))), 0))
}

#[test]
fn whoever_waits_for_a_sync_is_told_of_one_that_failed_when_the_file_was_left_meanwhile() {
    for moved in [true, false] {
        let directory = tempfile::tempdir().unwrap();
        let config = Config { rotation: Some(rotation(1)), ..config(directory.path()) };
        let mut appender = Appender::open(&config, at(0)).unwrap();
        // As long as the pipe that stands for it should be.
        fs::write(&config.path, "one\n").unwrap();
        let (_reader, tail) = unsyncable();
        appender.current.as_mut().unwrap().tail = tail;
        appender.append(b"one\n", at(0)).unwrap();
        if moved {
            fs::rename(&config.path, directory.path().join("moved")).unwrap();
        }
        // Either way the first file is left, and is to be synced before.
        let large = vec![b'x'; 1 << 20];
        assert!(appender.append(&large, at(0)).is_err());
        appender.append(b"two\n", at(0)).unwrap();
        assert!(appender.sync().is_err(), "one is not durable, moved: {moved}");
        appender.append(b"three\n", at(0)).unwrap();
        appender.sync().unwrap();
        assert_eq!(fs::read_to_string(&config.path).unwrap(), "two\nthree\n");
    }
}
