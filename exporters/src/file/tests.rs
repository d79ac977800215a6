#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::expect_used)]

use super::*;
use crate::testing::{id, logs_batch, logs_request, valid};
use component::settings::Validate;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use std::fs;
use std::io::Read;
use std::path::Path;

fn config(directory: &Path) -> Config {
    Config {
        path: directory.join("audit.json"),
        format: Some(Format::OtlpJson),
        fsync: Fsync::Always,
        ..Config::default()
    }
}

#[tokio::test]
async fn a_delivered_batch_is_in_the_file_before_shutdown_whatever_the_fsync_policy() {
    for fsync in [Fsync::Always, Fsync::Interval, Fsync::Off] {
        let directory = tempfile::tempdir().unwrap();
        let config = Config { fsync, ..config(directory.path()) };
        let exporter = File::new(&id(), config.clone()).unwrap();
        for line in ["one\n", "two\n"] {
            assert_eq!(exporter.export(&Bytes::from(line)).await, Outcome::Delivered);
        }
        assert_eq!(fs::read_to_string(&config.path).unwrap(), "one\ntwo\n");
        exporter.shutdown().await;
        // Its thread has let go of the file.
        File::new(&id(), config).unwrap();
    }
}

#[tokio::test]
async fn batches_of_many_senders_are_never_mixed() {
    let directory = tempfile::tempdir().unwrap();
    let config = config(directory.path());
    let exporter = File::new(&id(), config.clone()).unwrap();
    let batches: Vec<Bytes> = (0..100u8).map(|i| format!("{i}{}\n", "x".repeat(10_000)).into()).collect();
    let outcomes = futures_util::future::join_all(batches.iter().map(|batch| exporter.export(batch))).await;
    assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Delivered));
    let written = fs::read_to_string(&config.path).unwrap();
    let mut lines: Vec<_> = written.lines().map(|line| format!("{line}\n")).collect();
    let mut expected: Vec<_> =
        batches.iter().map(|batch| String::from_utf8(batch.to_vec()).unwrap()).collect();
    lines.sort();
    expected.sort();
    assert!(lines == expected);
}

#[tokio::test]
async fn every_request_of_a_batch_is_an_otlp_json_line_also_in_a_compressed_file() {
    let directory = tempfile::tempdir().unwrap();
    let batch = logs_batch(&[&["one\n"], &["two", "three"]]);
    for compression in [Compression::None, Compression::Gzip, Compression::Zstd] {
        let path = directory.path().join(format!("{compression:?}"));
        let config = Config { path: path.clone(), compression, ..config(directory.path()) };
        let exporter = File::new(&id(), config).unwrap();
        for _ in 0..2 {
            assert_eq!(exporter.export(&exporter.encode(&batch).unwrap()).await, Outcome::Delivered);
        }
        let written = fs::read(&path).unwrap();
        let mut text = String::new();
        match compression {
            Compression::Gzip => {
                flate2::read::MultiGzDecoder::new(&written[..]).read_to_string(&mut text).unwrap();
            }
            Compression::Zstd => text = String::from_utf8(zstd::decode_all(&written[..]).unwrap()).unwrap(),
            _ => text = String::from_utf8(written).unwrap(),
        }
        let lines: Vec<ExportLogsServiceRequest> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let (one, two) = (logs_request(&["one\n"]), logs_request(&["two", "three"]));
        assert_eq!(lines, [one.clone(), two.clone(), one, two], "{compression:?}");
    }
}

#[tokio::test]
async fn a_signal_that_the_format_cannot_hold_is_rejected_with_the_way_out() {
    let directory = tempfile::tempdir().unwrap();
    let config = Config { format: Some(Format::EventJson), ..config(directory.path()) };
    assert_eq!(config.signals(), [Signal::Logs]);
    let spans = valid(Signal::Traces, &ExportTraceServiceRequest::default());
    let exporter = File::new(&id(), config).unwrap();
    let reason = exporter.encode(&Batch::new(Signal::Traces, vec![spans])).unwrap_err();
    assert!(reason.as_str().contains("otlp_json"), "{reason}");
}

#[tokio::test]
async fn a_path_that_cannot_be_written_stops_the_start_and_says_why() {
    let directory = tempfile::tempdir().unwrap();
    for (path, why) in [
        (directory.path().join("missing/audit.json"), "No such file"),
        (directory.path().to_owned(), "directory"),
        ("/dev/null".into(), "regular file"),
    ] {
        let error =
            File::new(&id(), Config { path: path.clone(), ..Config::default() }).err().unwrap().to_string();
        assert!(error.contains(path.to_str().unwrap()) && error.contains(why), "{error}");
    }
    let _first = File::new(&id(), config(directory.path())).unwrap();
    let error = File::new(&id(), config(directory.path())).err().unwrap().to_string();
    assert!(error.contains("another exporter"), "{error}");
}

#[tokio::test]
async fn an_attempt_given_up_while_it_waits_is_not_written() {
    let directory = tempfile::tempdir().unwrap();
    let config = config(directory.path());
    let mut writer = Writer {
        id: id(),
        appender: Appender::open(&config, Timestamp::now()).unwrap(),
        buffers: Buffers::keeping(0),
        fsync: Fsync::Always,
        interval: Duration::ZERO,
        next_sync: None,
    };
    let room = Arc::new(Semaphore::new(2));
    let message = |lines: &'static str| {
        let (answer, answered) = oneshot::channel();
        let room = Arc::clone(&room).try_acquire_owned().unwrap();
        (Message::Append(Append { lines: Bytes::from(lines), answer, _room: room }), answered)
    };
    let (given_up, answered) = message("given up\n");
    drop(answered);
    let (waiting, answered) = message("waiting\n");
    assert!(writer.serve([given_up, waiting].into_iter()).is_none());
    answered.await.unwrap().unwrap();
    assert_eq!(fs::read_to_string(&config.path).unwrap(), "waiting\n");
    assert_eq!(room.available_permits(), 2);
}

#[tokio::test]
async fn a_file_that_cannot_be_written_is_a_retry_until_it_can() {
    let directory = tempfile::tempdir().unwrap();
    let inside = directory.path().join("mounted");
    fs::create_dir(&inside).unwrap();
    let config = config(&inside);
    let exporter = File::new(&id(), config.clone()).unwrap();
    fs::remove_dir_all(&inside).unwrap();
    for _ in 0..2 {
        match exporter.export(&Bytes::from_static(b"line\n")).await {
            Outcome::Retry { after: None, reason } => {
                assert!(reason.as_str().contains("not found"), "{reason}")
            }
            other => panic!("{other:?}"),
        }
    }
    fs::create_dir(&inside).unwrap();
    assert_eq!(exporter.export(&Bytes::from_static(b"line\n")).await, Outcome::Delivered);
    assert_eq!(fs::read_to_string(&config.path).unwrap(), "line\n");
}

#[test]
fn every_wrong_key_is_named() {
    let config: Config = serde_json::from_str(
        r#"{"compression": "zlib", "append": false, "fsync": "interval", "fsync_interval": "0s",
            "rotation": {"max_megabytes": 0}}"#,
    )
    .unwrap();
    let paths: Vec<_> = config.validate().into_iter().map(|problem| problem.path).collect();
    assert_eq!(paths, ["path", "compression", "append", "fsync_interval", "rotation.max_megabytes"]);
    let fine: Config =
        serde_json::from_str(r#"{"path": "/x", "format": "json", "compression": "", "rotation": null}"#)
            .unwrap();
    assert_eq!((fine.validate().len(), fine.format), (0, Some(Format::OtlpJson)));
}
