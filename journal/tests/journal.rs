//! What a journal promises, one promise a test.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::expect_used)]

mod support;

use component::{Budget, Reason};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use journal::{
    DropReason, Journal, LagLimit, NotTaken, OnFull, Portion, Seq, Settings, Settled, Settlement, Sizer,
    Unsettled, Watermark,
};
use std::sync::Arc;
use support::{append, frame, request};

const ALL: Portion =
    Portion { records: u64::MAX, bytes: u64::MAX, max_records: u64::MAX, max_bytes: u64::MAX };

/// A journal that holds `frames` small frames.
fn journal(frames: usize, on_full: OnFull) -> (Arc<Journal>, Arc<Budget>) {
    (Journal::memory(Settings { max_bytes: frames * 300, on_full }), Budget::new(1 << 20))
}

#[test]
fn a_full_journal_refuses_until_something_leaves() {
    let (journal, budget) = journal(2, OnFull::Refuse);
    let mut cursor = journal.cursor("a", true, None);
    for id in 0..2 {
        append(&journal, frame(&budget, request(id, 1)), Watermark::Received).unwrap();
    }
    assert!(!journal.is_full());
    let refused = append(&journal, frame(&budget, request(2, 1)), Watermark::Received);
    assert_eq!(refused.unwrap_err(), NotTaken::Full);
    assert!(journal.is_full());
    assert_eq!(budget.used(), 2, "the refused request's permit went back");
    let taken = cursor.take(ALL);
    assert!(journal.is_full(), "reading makes no room");
    cursor.settler().settle(taken[1].seq, Settled::Delivered(1));
    assert!(!journal.is_full());
    append(&journal, frame(&budget, request(2, 1)), Watermark::Received).unwrap();
}

#[test]
fn what_can_never_fit_is_refused_for_its_size_also_by_a_policy_that_waits() {
    let (journal, budget) = journal(2, OnFull::Block);
    let limit = LagLimit { sizer: Sizer::Items, size: 3 };
    let _cursor = journal.cursor("a", true, Some(limit));
    let refused = append(&journal, frame(&budget, request(0, 4)), Watermark::Received);
    assert_eq!(refused.unwrap_err(), NotTaken::TooLarge { size: 4, limit: 3 });
    let refused = append(&journal, frame(&budget, request(0, 100)), Watermark::Received);
    assert!(matches!(refused, Err(NotTaken::TooLarge { limit: 600, .. })));
}

#[tokio::test]
async fn blocked_senders_go_on_one_after_the_other_as_soon_as_there_is_room() {
    let (journal, budget) = journal(2, OnFull::Block);
    let mut cursor = journal.cursor("a", true, None);
    for id in 0..2 {
        append(&journal, frame(&budget, request(id, 1)), Watermark::Received).unwrap();
    }
    let mut blocked: Vec<_> = (2..6)
        .map(|id| Box::pin(journal.append(frame(&budget, request(id, 1)), Watermark::Received)))
        .collect();
    assert!(blocked.iter_mut().all(|sender| sender.now_or_never().is_none()));
    assert!(!journal.is_full(), "receivers go on reading bodies: it is the sender that waits");
    let mut senders: FuturesUnordered<_> = blocked.into_iter().collect();
    for _ in 0..2 {
        // Both leave under one lock: the first sender in line has to wake the second.
        let taken = cursor.take(ALL);
        assert_eq!(taken.len(), 2);
        cursor.settler().settle_all(taken.into_iter().map(|taken| (taken.seq, Settled::Delivered(1))));
        for _ in 0..2 {
            senders.next().now_or_never().expect("woken").unwrap().unwrap();
        }
        assert!(senders.next().now_or_never().is_none_or(|none| none.is_none()));
    }
}

#[tokio::test]
async fn closing_releases_blocked_senders() {
    let (journal, budget) = journal(1, OnFull::Block);
    let _cursor = journal.cursor("a", true, None);
    append(&journal, frame(&budget, request(0, 1)), Watermark::Received).unwrap();
    let mut blocked = std::pin::pin!(journal.append(frame(&budget, request(1, 1)), Watermark::Received));
    assert!(blocked.as_mut().now_or_never().is_none());
    journal.close();
    assert_eq!(blocked.await.unwrap_err(), NotTaken::Closed);
}

#[test]
fn drop_oldest_drops_only_what_nobody_has_begun_to_deliver() {
    let (journal, budget) = journal(3, OnFull::DropOldest);
    let mut fast = journal.cursor("fast", true, None);
    let mut slow = journal.cursor("slow", true, None);
    let send = |id| append(&journal, frame(&budget, request(id, 1)), Watermark::Delivered).unwrap();
    let receipts: Vec<_> = (0..3).map(send).collect();
    assert_eq!(fast.take(Portion::ONE).len(), 1);
    send(3);
    // 0 went for `slow` but `fast` holds it, so 1 had to go as well.
    let seen = journal.snapshot().cursors;
    assert_eq!(seen[0].dropped[0], (DropReason::JournalFull, 1));
    assert_eq!(seen[1].dropped[0], (DropReason::JournalFull, 2));
    let left = |cursor: &mut journal::Cursor| cursor.take(ALL).iter().map(|t| t.seq.0).collect::<Vec<_>>();
    assert_eq!((left(&mut fast), left(&mut slow)), (vec![2, 3], vec![2, 3]));
    let mut receipts = receipts.into_iter();
    assert!(receipts.next().unwrap().reached().now_or_never().is_none());
    let gone = receipts.next().unwrap().reached().now_or_never().unwrap().unwrap();
    assert_eq!((gone.dropped, gone.reason), (1, Some(Reason::of("journal_full"))));
}

#[test]
fn drop_newest_answers_at_once_that_the_request_is_gone() {
    let (journal, budget) = journal(1, OnFull::DropNewest);
    let _cursor = journal.cursor("a", true, None);
    append(&journal, frame(&budget, request(0, 1)), Watermark::Delivered).unwrap();
    let receipt = append(&journal, frame(&budget, request(1, 2)), Watermark::Delivered).unwrap();
    assert_eq!(receipt.seq(), None);
    assert_eq!(receipt.reached().now_or_never().unwrap().unwrap().dropped, 2);
    // To a sender that waits for receipt only it is no refusal: to send it again would help nobody.
    let receipt = append(&journal, frame(&budget, request(2, 2)), Watermark::Received).unwrap();
    assert_eq!(receipt.reached().now_or_never().unwrap().unwrap().dropped, 0);
    let seen = &journal.snapshot().cursors[0];
    assert_eq!((seen.accepted, seen.waiting, seen.dropped[0].1), (5, 1, 4));
}

#[test]
fn a_lagging_cursor_makes_the_journal_full_only_if_it_is_required() {
    let (journal, budget) = journal(100, OnFull::Refuse);
    let limit = Some(LagLimit { sizer: Sizer::Requests, size: 2 });
    let mut required = journal.cursor("required", true, limit);
    let mut optional = journal.cursor("optional", false, limit);
    for id in 0..4 {
        append(&journal, frame(&budget, request(id, 1)), Watermark::Received).unwrap();
        let taken = required.take(ALL);
        required.settler().settle(taken[0].seq, Settled::Delivered(1));
    }
    assert_eq!(journal.snapshot().cursors[1].dropped[1], (DropReason::QueueFull, 2));
    assert_eq!(optional.take(ALL).iter().map(|t| t.seq.0).collect::<Vec<_>>(), [2, 3]);
    // Both of its places are on their way now: the newest has to go.
    append(&journal, frame(&budget, request(4, 1)), Watermark::Received).unwrap();
    assert!(optional.take(ALL).is_empty());
    append(&journal, frame(&budget, request(5, 1)), Watermark::Received).unwrap();
    let refused = append(&journal, frame(&budget, request(6, 1)), Watermark::Received);
    assert_eq!(refused.unwrap_err(), NotTaken::Full);
}

#[test]
fn an_optional_cursor_never_makes_the_journal_full() {
    let (journal, budget) = journal(3, OnFull::Refuse);
    let mut required = journal.cursor("required", true, None);
    let mut optional = journal.cursor("optional", false, None);
    for id in 0..10 {
        append(&journal, frame(&budget, request(id, 1)), Watermark::Received).unwrap();
        let taken = required.take(ALL);
        required.settler().settle(taken[0].seq, Settled::Delivered(1));
    }
    assert_eq!(optional.take(ALL).iter().map(|t| t.seq.0).collect::<Vec<_>>(), [7, 8, 9]);
}

#[test]
fn a_sender_is_answered_when_the_last_part_of_its_request_is_settled_everywhere() {
    let (journal, budget) = journal(9, OnFull::Refuse);
    let (mut one, mut two) = (journal.cursor("1", true, None), journal.cursor("2", true, None));
    let mut other = journal.cursor("3", false, None);
    let receipt = append(&journal, frame(&budget, request(0, 5)), Watermark::Delivered).unwrap();
    let mut answer = std::pin::pin!(receipt.reached());
    let seq = one.take(ALL)[0].seq;
    two.take(ALL);
    other.take(ALL);
    one.settler().settle(seq, Settled::Delivered(2));
    one.settler().settle(seq, Settled::DeadLettered(3, Reason::of("400")));
    two.settler().settle(seq, Settled::Delivered(4));
    assert!(answer.as_mut().now_or_never().is_none());
    two.settler().settle(seq, Settled::Delivered(1));
    let settlement = answer.now_or_never().unwrap().unwrap();
    assert_eq!((settlement.rejected, settlement.dropped), (3, 0));
    assert_eq!(settlement.reason, Some(Reason::of("400")));
    assert_eq!(budget.used(), 1, "the optional cursor still needs it");
    other.settler().settle(seq, Settled::Delivered(5));
    assert_eq!(budget.used(), 0);
}

#[test]
fn the_watermark_waits_for_the_oldest_and_the_senders_do_not() {
    let (journal, budget) = journal(9, OnFull::Refuse);
    let mut cursor = journal.cursor("a", true, None);
    let send = |id| append(&journal, frame(&budget, request(id, 1)), Watermark::Delivered).unwrap();
    let mut receipts: Vec<_> = (0..3).map(send).collect();
    cursor.take(ALL);
    let settler = cursor.settler();
    settler.settle_all([(Seq(1), Settled::Delivered(1)), (Seq(2), Settled::Delivered(1))]);
    assert_eq!(journal.watermark(Watermark::Delivered), Seq(0));
    assert!(receipts.pop().unwrap().reached().now_or_never().is_some());
    assert_eq!(budget.used(), 1, "memory is given back out of order too");
    settler.settle(Seq(0), Settled::Delivered(1));
    assert_eq!(journal.watermark(Watermark::Delivered), Seq(3));
}

#[test]
fn senders_of_a_loop_that_ended_are_told_and_nothing_more_is_taken() {
    let (journal, budget) = journal(9, OnFull::Refuse);
    let (cursor, optional) = (journal.cursor("a", true, None), journal.cursor("b", false, None));
    let receipt = append(&journal, frame(&budget, request(0, 1)), Watermark::Delivered).unwrap();
    drop(optional);
    let another = append(&journal, frame(&budget, request(1, 1)), Watermark::Received);
    assert!(another.is_ok(), "nobody waits for an optional one");
    drop(cursor);
    assert_eq!(receipt.reached().now_or_never().unwrap(), Err(Unsettled::Stopped));
    let refused = append(&journal, frame(&budget, request(2, 1)), Watermark::Received);
    assert_eq!(refused.unwrap_err(), NotTaken::Closed);
}

#[test]
fn a_loop_that_is_through_with_everything_leaves_the_senders_to_the_others() {
    let (journal, budget) = journal(9, OnFull::Refuse);
    let (mut done, mut slow) = (journal.cursor("a", true, None), journal.cursor("b", true, None));
    let send = |id| append(&journal, frame(&budget, request(id, 1)), Watermark::Delivered).unwrap();
    let (first, second) = (send(0), send(1));
    let (seqs, settler) = (slow.take(ALL), slow.settler());
    done.take(ALL);
    done.settler().settle(Seq(1), Settled::Delivered(1));
    drop(done);
    settler.settle_all(seqs.into_iter().map(|taken| (taken.seq, Settled::Delivered(1))));
    assert_eq!(first.reached().now_or_never().unwrap(), Err(Unsettled::Stopped));
    assert_eq!(second.reached().now_or_never().unwrap(), Ok(Settlement::default()));
}

#[test]
fn no_sender_is_told_of_more_records_than_it_sent() {
    let (journal, budget) = journal(9, OnFull::Refuse);
    let mut cursors = [journal.cursor("a", true, None), journal.cursor("b", true, None)];
    let receipt = append(&journal, frame(&budget, request(0, 2)), Watermark::Delivered).unwrap();
    for cursor in &mut cursors {
        let seq = cursor.take(ALL)[0].seq;
        cursor.settler().settle(seq, Settled::DeadLettered(2, Reason::of("400")));
    }
    assert_eq!(receipt.reached().now_or_never().unwrap().unwrap().rejected, 2);
}

#[tokio::test]
async fn a_reader_is_woken_by_records_or_by_bytes_and_not_before() {
    let (journal, budget) = journal(99, OnFull::Refuse);
    let mut cursor = journal.cursor("a", true, None);
    {
        let mut three = std::pin::pin!(cursor.unread(3, u64::MAX));
        for id in 0..3 {
            assert!(three.as_mut().now_or_never().is_none());
            append(&journal, frame(&budget, request(id, 1)), Watermark::Received).unwrap();
        }
        assert!(three.now_or_never().is_some());
    }
    assert!(cursor.unread(99, 20).now_or_never().is_some());
    assert!(cursor.unread(99, 999).now_or_never().is_none());
}

#[test]
fn a_full_journal_wakes_the_reader_of_a_batch_that_can_grow_no_more() {
    for on_full in [OnFull::Refuse, OnFull::DropOldest, OnFull::DropNewest] {
        let (journal, budget) = journal(2, on_full);
        let mut cursor = journal.cursor("a", true, None);
        let mut more = std::pin::pin!(cursor.unread(99, u64::MAX));
        for id in 0..3 {
            assert!(more.as_mut().now_or_never().is_none());
            let _ = append(&journal, frame(&budget, request(id, 1)), Watermark::Received);
        }
        assert!(more.now_or_never().is_some(), "{on_full:?}");
    }
}

#[test]
fn a_portion_keeps_to_its_bounds_but_never_starves_on_a_large_frame() {
    let (journal, budget) = journal(99, OnFull::Refuse);
    let mut cursor = journal.cursor("a", true, None);
    for (id, records) in [3, 3, 3, 9, 1].into_iter().enumerate() {
        append(&journal, frame(&budget, request(id as u64, records)), Watermark::Received).unwrap();
    }
    let mut take = |records, max_records| {
        let portion = Portion { records, max_records, bytes: u64::MAX, max_bytes: u64::MAX };
        cursor.take(portion).iter().map(|taken| taken.request.records()).collect::<Vec<_>>()
    };
    assert_eq!(take(7, 8), [3, 3]);
    assert_eq!(take(2, 8), [3]);
    assert_eq!(take(7, 8), [9]);
    assert_eq!(take(7, 8), [1]);
    assert!(take(7, 8).is_empty());
}

#[test]
fn requests_without_records_are_taken_and_leave_no_trace() {
    let (journal, budget) = journal(9, OnFull::Refuse);
    let mut cursor = journal.cursor("a", true, None);
    let receipt = append(&journal, frame(&budget, request(0, 0)), Watermark::Delivered).unwrap();
    assert!(receipt.reached().now_or_never().unwrap().is_ok());
    assert!(cursor.take(ALL).is_empty());
    assert_eq!(budget.used(), 0);
}
