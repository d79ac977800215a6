//! A destination that takes all of a batch or nothing: which records it means is found out, and their
//! neighbours are delivered.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::expect_used)]

mod support;

use component::{Outcome, Reason};
use std::collections::BTreeSet;
use std::sync::Arc;
use support::rig::{Rig, settings};

/// What a batch may cost more than its one attempt.
const EXTRA: usize = 64;

/// Rejects every batch that holds a poisonous record.
fn picky(poison: &BTreeSet<u64>) -> impl Fn(&[u64]) -> Outcome + Send + Sync + 'static {
    let poison = poison.clone();
    move |ids| match ids.iter().any(|id| poison.contains(id)) {
        true => Outcome::Rejected(Reason::of("400")),
        false => Outcome::Delivered,
    }
}

/// What one batch of `records`, sent in requests of `request` each, came to.
struct Ledger {
    dead: Vec<Vec<u64>>,
    delivered: Vec<u64>,
    attempts: usize,
}

async fn deliver(records: u64, request: usize, poison: &BTreeSet<u64>) -> Ledger {
    let rig = Rig::new(settings(records), picky(poison));
    let all: Vec<u64> = (0..records).collect();
    let mut receipts = Vec::new();
    for ids in all.chunks(request) {
        receipts.push((ids, rig.send(ids).await));
    }
    let graveyard = Arc::clone(&rig.graveyard);
    let attempts = rig.drain().await;
    let dead: Vec<Vec<u64>> = graveyard.0.lock().iter().map(|letter| support::ids(&letter.request)).collect();
    assert!(graveyard.reasons().iter().all(|reason| reason == "400"));
    let taken = attempts.iter().filter(|ids| ids.iter().all(|id| !poison.contains(id)));
    let delivered: Vec<u64> = taken.flatten().copied().collect();
    // Exactly once, one way or the other.
    let mut ledger = [dead.concat(), delivered.clone()].concat();
    ledger.sort_unstable();
    assert_eq!(ledger, all);
    for (ids, receipt) in receipts {
        let told = receipt.reached().await.unwrap().rejected;
        let lost = dead.iter().flatten().filter(|id| ids.contains(id)).count();
        assert_eq!(told, lost as u64, "the sender of {ids:?}");
    }
    Ledger { dead, delivered, attempts: attempts.len() }
}

#[tokio::test(start_paused = true)]
async fn one_bad_record_is_found_wherever_it_is_at_the_cost_of_two_attempts_a_halving() {
    for records in [1u64, 2, 3, 7, 64, 1000] {
        for bad in [0, records / 2, records - 1] {
            for request in [1, 10, 1000] {
                let ledger = deliver(records, request, &BTreeSet::from([bad])).await;
                assert_eq!(ledger.dead, [[bad]], "{records} in {request}s");
                assert_eq!(ledger.delivered.len() as u64, records - 1);
                // Halving requests and then the records of one rounds up twice.
                let halvings = records.next_power_of_two().ilog2() as usize + 1;
                assert!(ledger.attempts <= 1 + 2 * halvings, "{records} in {request}s: {}", ledger.attempts);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_few_bad_records_are_all_found() {
    for seed in 0..50 {
        let mut dice = fastrand::Rng::with_seed(seed);
        let records = dice.u64(10..500);
        let poison: BTreeSet<u64> = (0..3).map(|_| dice.u64(0..records)).collect();
        let ledger = deliver(records, dice.usize(1..100), &poison).await;
        assert_eq!(ledger.dead.concat().into_iter().collect::<BTreeSet<_>>(), poison, "seed {seed}");
        assert!(ledger.dead.iter().all(|letter| letter.len() == 1), "seed {seed}");
    }
}

#[tokio::test(start_paused = true)]
async fn too_many_bad_records_cost_a_fixed_number_of_attempts_and_few_neighbours() {
    for seed in 0..20 {
        let mut dice = fastrand::Rng::with_seed(seed);
        let poison: BTreeSet<u64> = (0..10).map(|_| dice.u64(0..4096)).collect();
        let ledger = deliver(4096, 4096, &poison).await;
        assert_eq!(ledger.attempts, 1 + EXTRA);
        assert!(ledger.dead.iter().all(|letter| letter.iter().any(|id| poison.contains(id))), "seed {seed}");
        assert!(ledger.delivered.len() > 4096 / 2, "seed {seed}: {}", ledger.delivered.len());
    }
}

#[tokio::test(start_paused = true)]
async fn a_destination_that_rejects_everything_is_not_flooded() {
    let all = (0..1000).collect();
    let ledger = deliver(1000, 20, &all).await;
    assert_eq!((ledger.attempts, ledger.delivered.len()), (1 + EXTRA, 0));
}

#[tokio::test(start_paused = true)]
async fn where_nothing_can_be_delivered_the_batch_is_given_up_at_once() {
    let rig = Rig::new(settings(100), |_| Outcome::Impossible(Reason::of("404")));
    rig.send(&(0..100).collect::<Vec<_>>()).await;
    let graveyard = Arc::clone(&rig.graveyard);
    assert_eq!(rig.drain().await.len(), 1);
    assert_eq!((graveyard.ids().len(), graveyard.reasons()), (100, vec!["404".to_owned()]));
}
