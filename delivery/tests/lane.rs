//! What a delivery loop promises, one promise a test. Time is paused: it passes only while everybody waits.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::expect_used)]

mod support;

use component::settings::Duration;
use component::{Budget, ComponentId, Outcome, Reason, Verdict};
use delivery::{
    BreakerState, CircuitBreaker, CountedDeadLetters, DeadLetters, Health, Lane, RetryOnFailure, Settings,
    Stopper,
};
use journal::{Journal, Sizer};
use std::sync::Arc;
use std::time::Duration as StdDuration;
use support::rig::{Destination, Rig, UNWRITABLE, delivered, settings, unavailable};
use support::{append, request};
use tokio::time::Instant;

#[tokio::test(start_paused = true)]
async fn a_full_batch_leaves_at_once_and_a_partial_one_after_the_flush_timeout() {
    let mut rig = Rig::new(settings(4), delivered);
    let began = Instant::now();
    rig.send(&[1, 2]).await;
    rig.send(&[3, 4, 5]).await;
    assert_eq!(rig.next().await, [1, 2, 3, 4, 5]);
    assert_eq!(began.elapsed(), StdDuration::ZERO);
    rig.send(&[6]).await;
    assert_eq!(rig.next().await, [6]);
    assert_eq!(began.elapsed().as_millis(), 200);
    assert!(rig.drain().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn batches_that_land_meanwhile_do_not_keep_a_forming_batch_waiting() {
    let mut rig = Rig::slow(settings(2), StdDuration::from_millis(150), delivered);
    rig.send(&[1, 2]).await;
    rig.next().await;
    let began = Instant::now();
    rig.send(&[3]).await;
    assert_eq!(rig.next().await, [3]);
    assert_eq!(began.elapsed().as_millis(), 200);
}

#[tokio::test(start_paused = true)]
async fn without_batching_every_request_is_sent_by_itself_and_at_once() {
    let mut settings = settings(100);
    settings.sending_queue.batch.enabled = false;
    let mut rig = Rig::new(settings, delivered);
    let began = Instant::now();
    for id in 0..3 {
        rig.send(&[id]).await;
    }
    for id in 0..3 {
        assert_eq!(rig.next().await, [id]);
    }
    assert_eq!(began.elapsed(), StdDuration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn batches_are_bounded_by_bytes_too() {
    let size = request(&[1]).bytes().len() as u64;
    let mut settings = settings(2 * size);
    settings.sending_queue.batch.sizer = Some(Sizer::Bytes);
    settings.sending_queue.batch.max_size = 2 * size;
    let rig = Rig::new(settings, delivered);
    for id in 0..5 {
        rig.send(&[id]).await;
    }
    rig.send(&[5, 6, 7, 8]).await;
    let sent = rig.drain().await;
    assert_eq!(sent.concat().len(), 9);
    assert!(sent.iter().all(|ids| request(ids).bytes().len() as u64 <= 2 * size), "{sent:?}");
}

#[tokio::test(start_paused = true)]
async fn a_request_above_max_size_is_split_and_its_sender_answered_once() {
    let mut settings = settings(2);
    settings.sending_queue.batch.max_size = 3;
    let mut rig = Rig::new(settings, delivered);
    let receipt = rig.send(&[0, 1, 2, 3, 4, 5, 6]).await;
    assert_eq!(rig.next().await, [0, 1, 2]);
    assert_eq!(rig.next().await, [3, 4, 5]);
    assert_eq!(rig.next().await, [6]);
    assert_eq!(receipt.reached().await.unwrap(), journal::Settlement::default());
}

#[tokio::test(start_paused = true)]
async fn what_is_too_large_for_the_destination_is_halved_down_to_single_records() {
    let rig = Rig::new(settings(8), |ids| match ids.len() > 2 || ids.contains(&7) {
        true => Outcome::TooLarge,
        false => Outcome::Delivered,
    });
    rig.send(&[0, 1, 2]).await;
    rig.send(&[3, 4, 5, 6, 7]).await;
    let graveyard = Arc::clone(&rig.graveyard);
    let sent = rig.drain().await;
    assert_eq!(sent[..4], [vec![0, 1, 2, 3, 4, 5, 6, 7], vec![0, 1, 2], vec![0, 1], vec![2]]);
    assert_eq!(
        sent[4..],
        [vec![3, 4, 5, 6, 7], vec![3, 4, 5], vec![3, 4], vec![5], vec![6, 7], vec![6], vec![7]]
    );
    assert_eq!(graveyard.ids(), [7]);
    assert_eq!(graveyard.reasons(), ["a single record is too large for the destination"]);
}

#[tokio::test(start_paused = true)]
async fn of_a_partly_taken_batch_only_the_rest_is_sent_again_and_only_the_rejected_is_buried() {
    let rig = Rig::new(settings(5), |ids| match ids {
        [_] => Outcome::Delivered,
        ids => Outcome::Partial(
            ids.iter()
                .map(|id| match id {
                    1 | 3 => Verdict::Rejected(Reason::of("mapping")),
                    4 => Verdict::Retry,
                    _ => Verdict::Delivered,
                })
                .collect(),
        ),
    });
    let first = rig.send(&[0, 1, 2]).await;
    let second = rig.send(&[3, 4]).await;
    let graveyard = Arc::clone(&rig.graveyard);
    assert_eq!(rig.drain().await, [vec![0, 1, 2, 3, 4], vec![4]]);
    assert_eq!(graveyard.ids(), [1, 3]);
    assert_eq!(first.reached().await.unwrap().rejected, 1);
    assert_eq!(second.reached().await.unwrap().rejected, 1);
}

#[tokio::test(start_paused = true)]
async fn verdicts_for_another_number_of_records_lose_nothing() {
    let rig = Rig::new(settings(2), |_| Outcome::Partial(vec![Verdict::Delivered]));
    rig.send(&[0, 1]).await;
    let graveyard = Arc::clone(&rig.graveyard);
    rig.drain().await;
    assert_eq!(graveyard.ids(), [0, 1]);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_cannot_be_encoded_takes_no_neighbour_with_it() {
    let rig = Rig::new(settings(4), delivered);
    for id in [1, UNWRITABLE, 2, 3] {
        rig.send(&[id]).await;
    }
    let graveyard = Arc::clone(&rig.graveyard);
    assert_eq!(rig.drain().await.concat(), [1, 2, 3]);
    assert_eq!(graveyard.ids(), [UNWRITABLE]);
    assert_eq!(graveyard.0.lock()[0].attempts, 0);
}

#[tokio::test(start_paused = true)]
async fn large_batches_are_encoded_off_the_reactor_in_the_same_order() {
    let rig = Rig::new(settings(1), delivered);
    let all: Vec<u64> = (1000..6000).collect();
    assert!(request(&all).bytes().len() > 32 << 10);
    rig.send(&all).await;
    let encoded = Arc::clone(&rig.encoded);
    assert_eq!(rig.drain().await, [all]);
    let thread = encoded.lock()[0].0;
    assert_ne!(thread, std::thread::current().id());
}

#[tokio::test(start_paused = true)]
async fn the_destinations_retry_hint_is_honoured() {
    let mut rig = Rig::new(settings(1), |_| Outcome::Retry {
        after: Some(StdDuration::from_secs(120)),
        reason: Reason::of("429"),
    });
    rig.send(&[1]).await;
    let (first, _) = rig.attempts.recv().await.unwrap();
    let (second, _) = rig.attempts.recv().await.unwrap();
    assert_eq!((second - first).as_secs(), 120);
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_hangs_is_given_up_and_repeated() {
    let mut rig = Rig::slow(settings(1), StdDuration::from_secs(3600), delivered);
    rig.send(&[1]).await;
    let (first, _) = rig.attempts.recv().await.unwrap();
    let (second, _) = rig.attempts.recv().await.unwrap();
    let between = (second - first).as_secs_f64();
    assert!((5.0..=10.0).contains(&between), "5 s of timeout and up to 5 s of backoff, not {between}");
}

#[tokio::test(start_paused = true)]
async fn without_retries_what_fails_once_is_buried_with_its_reason() {
    let mut settings = settings(1);
    settings.retry_on_failure.enabled = false;
    let rig = Rig::new(settings, |_| unavailable());
    rig.send(&[1]).await;
    let graveyard = Arc::clone(&rig.graveyard);
    assert_eq!(rig.drain().await.len(), 1);
    assert_eq!(graveyard.reasons(), ["not retried: 503"]);
}

#[tokio::test(start_paused = true)]
async fn retries_end_after_max_elapsed_time_where_the_operator_sets_one() {
    let mut settings = settings(1);
    settings.retry_on_failure =
        RetryOnFailure { max_elapsed_time: Duration::secs(60), ..RetryOnFailure::default() };
    let rig = Rig::new(settings, |_| unavailable());
    let began = Instant::now();
    rig.send(&[1]).await;
    let graveyard = Arc::clone(&rig.graveyard);
    let attempts = rig.drain().await.len();
    assert!(attempts > 3 && began.elapsed().as_secs() <= 60);
    assert_eq!(graveyard.reasons(), ["no more retries left: 503"]);
    assert_eq!(graveyard.0.lock()[0].attempts as usize, attempts);
}

#[tokio::test(start_paused = true)]
async fn an_open_breaker_stops_reading_and_the_data_waits_in_the_journal() {
    let mut settings = settings(1);
    settings.circuit_breaker = CircuitBreaker { open_for: Duration::secs(3600), ..CircuitBreaker::default() };
    settings.sending_queue.num_consumers = 100;
    let mut rig = Rig::new(settings, |_| unavailable());
    for id in 0..5 {
        rig.send(&[id]).await;
        rig.next().await;
    }
    while rig.lane.status().breaker != BreakerState::Open {
        tokio::task::yield_now().await;
    }
    rig.send(&[5]).await;
    tokio::time::sleep(StdDuration::from_secs(1800)).await;
    assert!(rig.attempts.try_recv().is_err(), "neither old nor new data is sent");
    assert!(rig.encoded.lock().iter().all(|(_, ids)| *ids != [5]), "it was not even read");
    rig.stopper.drain_by(Instant::now());
    assert_eq!(rig.run.await.unwrap(), 6);
    assert!(rig.graveyard.ids().is_empty());
}

/// What tells a failover to go elsewhere, and back.
#[tokio::test(start_paused = true)]
async fn a_lane_is_down_from_the_breakers_opening_to_the_first_success() {
    let up_at = Instant::now() + StdDuration::from_secs(100);
    let mut rig =
        Rig::new(Settings { circuit_breaker: CircuitBreaker::default(), ..settings(1) }, move |_| {
            match Instant::now() < up_at {
                true => unavailable(),
                false => Outcome::Delivered,
            }
        });
    let lane = Arc::clone(&rig.lane);
    let hour = StdDuration::from_secs(3600);
    rig.send(&[1]).await;
    for _ in 0..4 {
        rig.next().await;
        assert!(!lane.is_down(hour), "less than five failures are no outage");
    }
    for _ in 0..3 {
        tokio::time::sleep(StdDuration::from_secs(20)).await;
        assert!(lane.is_down(hour), "open, or half-open and not yet successful");
    }
    tokio::time::sleep_until(up_at + StdDuration::from_secs(60)).await;
    assert!(!lane.is_down(hour));
    rig.drain().await;
}

#[tokio::test(start_paused = true)]
async fn a_lane_that_rejects_everything_is_down_until_that_is_long_ago() {
    let mut rig = Rig::new(settings(1), |_| Outcome::Impossible(Reason::of("404")));
    let lane = Arc::clone(&rig.lane);
    for id in 0..5 {
        assert!(!lane.is_down(StdDuration::from_secs(60)));
        rig.send(&[id]).await;
        rig.next().await;
        tokio::task::yield_now().await;
    }
    tokio::time::sleep(StdDuration::from_secs(59)).await;
    assert!(lane.is_down(StdDuration::from_secs(60)));
    tokio::time::sleep(StdDuration::from_secs(2)).await;
    assert!(!lane.is_down(StdDuration::from_secs(60)), "nothing is left to find out with");
    rig.drain().await;
}

#[tokio::test(start_paused = true)]
async fn a_destination_that_comes_back_gets_everything() {
    let up_at = Instant::now() + StdDuration::from_secs(600);
    let settings = Settings { circuit_breaker: CircuitBreaker::default(), ..settings(10) };
    let rig = Rig::new(settings, move |_| match Instant::now() < up_at {
        true => unavailable(),
        false => Outcome::Delivered,
    });
    for id in 0..1000 {
        rig.send(&[id]).await;
    }
    tokio::time::sleep(StdDuration::from_secs(300)).await;
    let Health::Failing { lasting, attempts, reason, .. } = rig.lane.status().health else {
        panic!("it is failing")
    };
    assert!(lasting.as_secs() > 290 && attempts > 5 && reason == Reason::of("503"));
    let lane = Arc::clone(&rig.lane);
    let attempts = rig.drain().await;
    assert_eq!((lane.status().health, lane.status().breaker), (Health::Ok, BreakerState::Closed));
    let failed = attempts.len() - 100;
    assert!(failed < 80, "600 s at one probe every 10 s or so, not {failed}");
}

#[tokio::test(start_paused = true)]
async fn draining_flushes_what_is_forming_and_ends_when_nothing_is_left() {
    let mut settings = settings(100);
    settings.sending_queue.batch.flush_timeout = Duration::secs(3600);
    let mut rig = Rig::new(settings, delivered);
    let began = Instant::now();
    rig.send(&[1]).await;
    tokio::time::sleep(StdDuration::from_secs(1)).await;
    rig.stopper.drain_by(began + StdDuration::from_secs(20));
    assert_eq!(rig.next().await, [1]);
    assert_eq!(rig.run.await.unwrap(), 0);
    assert_eq!(began.elapsed().as_secs(), 1, "neither the flush timeout nor the deadline was waited for");
}

#[tokio::test(start_paused = true)]
async fn draining_retries_until_the_deadline_and_tells_what_is_left() {
    let rig = Rig::new(settings(2), |_| unavailable());
    let receipt = rig.send(&[1, 2]).await;
    let began = Instant::now();
    rig.stopper.drain_by(began + StdDuration::from_secs(60));
    assert_eq!(rig.run.await.unwrap(), 2);
    assert_eq!(began.elapsed().as_secs(), 60);
    assert!(receipt.reached().await.is_err(), "its sender is told to send it again");
}

#[tokio::test(start_paused = true)]
async fn no_more_batches_are_on_their_way_than_there_are_consumers() {
    let mut settings = settings(1);
    settings.sending_queue.num_consumers = 2;
    settings.sending_queue.batch.max_size = 1;
    let mut rig = Rig::slow(settings, StdDuration::from_secs(1), delivered);
    let began = Instant::now();
    for id in 0..6 {
        rig.send(&[id]).await;
    }
    let mut times = Vec::new();
    for _ in 0..6 {
        let (at, _) = rig.attempts.recv().await.unwrap();
        times.push((at - began).as_secs());
    }
    assert_eq!(times, [0, 0, 1, 1, 2, 2]);
}

#[tokio::test(start_paused = true)]
async fn an_idle_pipeline_takes_no_place_from_another_one_of_the_same_exporter() {
    let mut settings = settings(1);
    settings.sending_queue.num_consumers = 1;
    let lane = Lane::new(
        ComponentId::parse("sink").unwrap(),
        settings,
        Arc::new(CountedDeadLetters::default()) as Arc<dyn DeadLetters>,
        fastrand::Rng::with_seed(1),
    );
    let (destination, mut attempts) = Destination::new(StdDuration::ZERO, delivered);
    let destination = Arc::new(destination);
    let (_stopper, stop) = Stopper::new();
    let journals: Vec<_> = (0..2).map(|_| Journal::memory(journal::Settings::default())).collect();
    for journal in &journals {
        let cursor = journal.cursor("sink", true, None);
        tokio::spawn(Arc::clone(&lane).run(Arc::clone(&destination), "logs".into(), cursor, stop.clone()));
    }
    tokio::task::yield_now().await;
    let budget = Budget::new(1 << 20);
    for (id, journal) in journals.iter().enumerate() {
        append(journal, &budget, &[id as u64]).await.reached().await.unwrap();
        assert_eq!(attempts.recv().await.unwrap().1, [id as u64]);
    }
}

#[tokio::test(start_paused = true)]
async fn an_exporter_that_panics_ends_its_loop_where_somebody_notices() {
    let rig = Rig::new(settings(1), |_| panic!("a bug"));
    let receipt = rig.send(&[1]).await;
    assert!(rig.run.await.unwrap_err().is_panic());
    assert!(receipt.reached().await.is_err());
}

#[tokio::test(start_paused = true)]
async fn dead_letters_are_counted() {
    let letters = Arc::new(CountedDeadLetters::default());
    let id = ComponentId::parse("sink").unwrap();
    let lane = Lane::new(id, settings(3), letters.clone(), fastrand::Rng::with_seed(1));
    let (destination, _attempts) =
        Destination::new(StdDuration::ZERO, |_| Outcome::Impossible(Reason::of("404")));
    let journal = Journal::memory(journal::Settings::default());
    let (_stopper, stop) = Stopper::new();
    tokio::spawn(Arc::clone(&lane).run(
        Arc::new(destination),
        "logs".into(),
        journal.cursor("sink", true, None),
        stop,
    ));
    let receipt = append(&journal, &Budget::new(1 << 20), &[1, 2, 3]).await;
    assert_eq!(receipt.reached().await.unwrap().rejected, 3);
    assert_eq!(letters.records(), 3);
    assert!(matches!(lane.status().health, Health::Failing { attempts: 1, .. }));
}
