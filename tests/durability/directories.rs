//! Directories that cannot be used, and journals that are not as the configuration expects.

use crate::common::sender::{Sender, numbered};
use crate::common::sink::{Answer, Sink};
use crate::common::{Agent, eventually};
use crate::{accounts, config, config_in};
use std::fs;
use std::path::Path;

/// Starts on a directory and expects that it fails with this message.
fn refused(storage: &str, limits: &str, message: &str) {
    let sink = Sink::start();
    let mut agent =
        Agent::spawn(&config_in(storage, &sink, limits, "").replace("create_directory: true, ", ""));
    assert_eq!(agent.wait(), 1, "{}", agent.log());
    agent.wait_for_log(message);
    assert!(!agent.log().contains("Everything is ready"));
}

#[test]
fn a_directory_that_cannot_be_used_stops_the_start_with_what_to_do() {
    refused("{dir}/missing", "", "directory must exist: stat ");
    refused("{dir}/missing", "", "You can enable the create_directory option");
    refused("{dir}/weir.yaml", "", "weir.yaml is not a directory; name another one");
    refused("{dir}/weir.yaml/below", "create_directory: true", "name another directory");
}

/// Starts weir under another program on the directory `{dir}/at`, and expects that it fails with these messages.
fn refused_under(program: &[&str], prepare: impl FnOnce(&Path), messages: &[&str]) {
    let sink = Sink::start();
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("at");
    fs::create_dir(&at).unwrap();
    prepare(&at);
    let at = at.to_str().unwrap();
    for (storage, message) in [at.to_owned(), format!("{at}/new")].iter().zip(messages) {
        let program: Vec<_> = program.iter().map(|word| word.replace("{at}", at)).collect();
        let program: Vec<_> = program.iter().map(String::as_str).collect();
        let mut agent = Agent::spawn_under(&program, &config_in(storage, &sink, "", ""));
        assert_eq!(agent.wait(), 1, "{}", agent.log());
        agent.wait_for_log(message);
        assert!(!agent.log().contains("Everything is ready"));
    }
}

/// Root may write everywhere, so it is told to do without what makes it root.
#[test]
fn a_directory_that_weirs_user_may_not_write_is_refused_with_what_to_do() {
    use std::os::unix::fs::PermissionsExt;
    let lock = |directory: &Path| fs::set_permissions(directory, fs::Permissions::from_mode(0o555)).unwrap();
    let root: &[&str] = &["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--"];
    let denied = "Permission denied (os error 13). Give the user that weir runs as the right to write there";
    refused_under(if is_root() { root } else { &["env"] }, lock, &[denied, denied]);
}

/// On a real file system that is mounted read-only, in a mount namespace of its own.
#[test]
fn a_directory_on_a_read_only_file_system_is_refused_with_what_to_do() {
    const MOUNT: &str = r#"mount -t tmpfs -o ro tmpfs "$0" && exec "$@""#;
    let root: &[&str] = &["unshare", "--mount", "sh", "-c", MOUNT, "{at}"];
    let user: &[&str] = &["unshare", "--mount", "--map-root-user", "sh", "-c", MOUNT, "{at}"];
    let read_only =
        "Read-only file system (os error 30). Mount the file system writable, or name another directory";
    refused_under(if is_root() { root } else { user }, |_| {}, &[read_only, read_only]);
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").unwrap().uid() == 0
}

#[test]
fn a_second_process_on_the_same_directory_is_refused_and_the_first_goes_on() {
    let sink = Sink::start();
    let first = Agent::start(&config(&sink, "", ""));
    let directory = first.dir.path().join("journal");
    let mut second = Agent::spawn(&config_in(directory.to_str().unwrap(), &sink, "", ""));
    assert_eq!(second.wait(), 1, "{}", second.log());
    second.wait_for_log("is in use by another process");
    assert_eq!(first.stop().0, 0);
}

#[test]
fn a_journal_of_a_newer_release_is_refused_with_what_to_do() {
    let sink = Sink::start();
    let mut agent = Agent::start(&config(&sink, "", ""));
    let cursor = agent.dir.path().join("journal/logs/cursors/siem_http.cursor");
    eventually("it is on disk", || cursor.exists().then_some(()));
    agent.signal("TERM");
    assert_eq!(agent.wait(), 0);
    for slot in [0, 512] {
        let mut bytes = fs::read(&cursor).unwrap();
        if bytes.len() < slot + 44 {
            continue;
        }
        bytes[slot + 4] = 9;
        let crc = crc32fast::hash(&bytes[slot..slot + 40]);
        bytes[slot + 40..slot + 44].copy_from_slice(&crc.to_le_bytes());
        fs::write(&cursor, bytes).unwrap();
    }
    let directory = agent.dir.path().join("journal");
    let mut agent = Agent::spawn(&config_in(directory.to_str().unwrap(), &sink, "", ""));
    assert_eq!(agent.wait(), 1, "{}", agent.log());
    agent.wait_for_log("has format version 9, this release reads up to 1; run the release that wrote it");
}

/// The files are nobody else's.
#[test]
fn directories_and_files_are_for_weirs_user_only() {
    use std::os::unix::fs::PermissionsExt;
    let sink = Sink::start();
    let agent = Agent::start(&config_in("{dir}/new/journal", &sink, "", ""));
    let mode = |path: &str| {
        let path = agent.dir.path().join(path);
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    };
    for directory in ["new", "new/journal", "new/journal/logs", "new/journal/logs/cursors"] {
        assert_eq!(mode(directory), 0o700, "{directory}");
    }
    assert_eq!(mode("new/journal/logs/lock"), 0o600);
}

fn two(sink: &Sink, other: &Sink, exporters: &str) -> String {
    config(sink, "", "").replace("exporters: [siem_http]", &format!("exporters: [{exporters}]")).replace(
        "extensions:\n  file",
        &format!("  siem_http/other: {{ endpoint: http://127.0.0.1:{} }}\nextensions:\n  file", other.port),
    )
}

/// A new reader gets what is accepted from now on; one that is gone is pointed at until it is let go of.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_exporter_that_is_added_begins_at_the_end_and_one_that_is_removed_is_pointed_at() {
    let (sink, other) = (Sink::start(), Sink::start());
    sink.answer_always(Some(Answer::Status(503, "")));
    let (alone, both) = (two(&sink, &other, "siem_http"), two(&sink, &other, "siem_http, siem_http/other"));
    let only_other = two(&sink, &other, "siem_http/other");
    let mut agent = Agent::start(&alone);
    let send = async |agent: &Agent, first: u64| {
        Sender::new(agent.http_address()).logs(&numbered(first..first + 10, 10)).await.unwrap().status
    };
    assert_eq!(send(&agent, 0).await, 200);
    agent.signal("TERM");
    assert_eq!(agent.wait(), 0);

    agent.restart(&both);
    agent.wait_for_log("New to this journal");
    assert_eq!(send(&agent, 10).await, 200);
    eventually("the new one has the new", || (other.arrivals().len() == 10).then_some(()));
    assert_eq!(other.arrivals().into_keys().collect::<Vec<_>>(), (10..20).collect::<Vec<_>>());
    assert_eq!(accounts(&agent).waiting, 20);
    agent.signal("TERM");
    assert_eq!(agent.wait(), 0);

    agent.restart(&only_other);
    agent.wait_for_log("waiting=20");
    agent.wait_for_log("weir journal forget 'siem_http'");
    let directory = agent.dir.path().join("journal");
    let forget = |name: &str| crate::tools::weir(&["journal", "forget", name, "--directory"], &directory);
    let (code, _, error) = forget("siem_http");
    assert!(code == 1 && error.contains("stop the agent first"), "{code}: {error}");
    agent.signal("TERM");
    assert_eq!(agent.wait(), 0);
    assert_eq!(forget("nobody").0, 1);
    let (code, said, error) = forget("siem_http");
    assert_eq!((code, said.as_str()), (0, "forgot siem_http, for which 20 records waited\n"), "{error}");

    agent.restart(&only_other);
    assert!(!agent.log().contains("weir journal forget"), "{}", agent.log());
}

/// A journal whose pipeline is gone stays, and is pointed at.
#[test]
fn a_pipeline_that_is_renamed_leaves_its_journal_and_a_warning() {
    let sink = Sink::start();
    let config = config(&sink, "", "");
    let mut agent = Agent::start(&config);
    agent.signal("TERM");
    assert_eq!(agent.wait(), 0);
    agent.restart(&config.replace("    logs: {", "    logs/siem: {"));
    agent.wait_for_log("There is a journal that no pipeline uses any more");
    assert!(agent.dir.path().join("journal/logs%2fsiem").is_dir());
    assert!(agent.dir.path().join("journal/logs").is_dir());
}

/// So does one whose pipeline is kept in memory now, or in another storage: what waits there was acknowledged.
#[test]
fn a_pipeline_that_is_taken_off_its_storage_leaves_its_journal_and_a_warning() {
    let sink = Sink::start();
    let config = config(&sink, "", "");
    let mut agent = Agent::start(&config);
    agent.signal("TERM");
    assert_eq!(agent.wait(), 0);
    agent.restart(&config.replace("journal: { storage: file_storage }, ", ""));
    agent.wait_for_log("There is a journal that no pipeline uses any more");
    assert!(agent.dir.path().join("journal/logs").is_dir());
}
