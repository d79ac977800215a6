//! The way of one batch: attempts until every record is delivered or given up.

use crate::attempt::{attempt, encode};
use crate::dead_letter::{Category, DeadLetter};
use crate::lane::Lane;
use crate::lot::{Lot, Origin};
use crate::parcel::{Parcel, Tries};
use crate::search::Search;
use component::{Exporter, Outcome, Reason, Verdict, unix_nanos};
use futures_util::{FutureExt, StreamExt};
use journal::{DropReason, Settled, Settler};
use pdata::Request;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// Dead letters of a batch that are being kept at once.
const LETTERS_AT_ONCE: usize = 64;

/// Delivers what one batch was read for.
pub(crate) struct Flight<E> {
    lane: Arc<Lane>,
    exporter: Arc<E>,
    pipeline: Arc<str>,
    settler: Settler,
    search: Search,
}

impl<E: Exporter> Flight<E> {
    pub(crate) fn new(lane: Arc<Lane>, exporter: Arc<E>, pipeline: Arc<str>, settler: Settler) -> Flight<E> {
        Flight { lane, exporter, pipeline, settler, search: Search::new() }
    }

    /// Returns when every record is settled. Dropped earlier, the rest stays unsettled.
    pub(crate) async fn run(mut self, lots: Vec<Lot>) {
        let new = |lot| Parcel::new(lot, &self.lane);
        // A stack with the oldest on top: the parts of a parcel come before what follows it.
        let mut parcels: Vec<Parcel> = lots.into_iter().rev().map(new).collect();
        while let Some(parcel) = parcels.pop().or_else(|| self.search.next()) {
            let _in_flight = self.lane.metrics.in_flight(parcel.lot.signal());
            parcels.extend(self.deliver(parcel).await.into_iter().rev());
        }
    }

    /// Delivers a parcel, or returns the parts of it that are to be delivered anew.
    async fn deliver(&mut self, Parcel { lot, mut tries }: Parcel) -> Vec<Parcel> {
        let (lot, payload) = match encode(&self.exporter, lot).await {
            (lot, Ok(payload)) => (lot, payload),
            // A request that cannot be encoded must not take its neighbours with it.
            (lot, Err(_)) if lot.batch().requests().len() > 1 => return self.halve(lot, tries).await,
            (lot, Err(reason)) => return self.bury(lot, Category::Unencodable, &reason, &tries).await,
        };
        loop {
            tries.begin();
            match attempt(&self.lane, &*self.exporter, &payload, lot.records()).await {
                Outcome::Delivered => return self.delivered(&lot),
                Outcome::Partial(verdicts) => return self.partial(lot, &verdicts, tries).await,
                Outcome::Refused { records, reason } if records >= lot.records() => {
                    return self.bury(lot, Category::Rejected, &reason, &tries).await;
                }
                Outcome::Refused { records, reason } => return self.refused(&lot, records, &reason),
                Outcome::Retry { after, reason } => {
                    if let Err(reason) = self.pause(&mut tries, after, &reason).await {
                        return self.bury(lot, Category::GaveUp, &reason, &tries).await;
                    }
                }
                Outcome::TooLarge => return self.halve(lot, tries).await,
                Outcome::Rejected(reason) => return self.rejected(Parcel { lot, tries }, &reason).await,
                Outcome::Impossible(reason) => {
                    return self.bury(lot, Category::Impossible, &reason, &tries).await;
                }
            }
        }
    }

    fn delivered(&self, lot: &Lot) -> Vec<Parcel> {
        let all = lot.entries().map(|(seq, request)| (seq, Settled::Delivered(request.records())));
        self.settler.settle_all(all);
        self.lane.metrics.sent(lot.signal(), lot.records());
        Vec::new()
    }

    /// Both halves; a single record is given up.
    async fn halve(&self, lot: Lot, tries: Tries) -> Vec<Parcel> {
        const TOO_LARGE: Reason = Reason::of("a single record is too large for the destination");
        match (Parcel { lot, tries }).halves() {
            Ok(halves) => halves.into(),
            Err(single) => self.bury(single.lot, Category::TooLarge, &TOO_LARGE, &single.tries).await,
        }
    }

    /// Gives up what the destination will not take, and no neighbour of it.
    async fn rejected(&mut self, parcel: Parcel, reason: &Reason) -> Vec<Parcel> {
        match self.search.suspect(parcel) {
            Ok(()) => Vec::new(),
            Err(found) => self.bury(found.lot, Category::Rejected, reason, &found.tries).await,
        }
    }

    /// Settles what has a final verdict and returns the rest once it is time to try it again.
    async fn partial(&self, lot: Lot, verdicts: &[Verdict], mut tries: Tries) -> Vec<Parcel> {
        if verdicts.len() as u64 != lot.records() {
            let reason = Reason::of("the exporter gave verdicts for another number of records");
            return self.bury(lot, Category::Impossible, &reason, &tries).await;
        }
        let is = |verdict: &Verdict, index| verdicts.get(index) == Some(verdict);
        let delivered: Vec<_> = lot.count(|index| is(&Verdict::Delivered, index)).collect();
        let records: u64 = delivered.iter().map(|(_, records)| u64::from(*records)).sum();
        let all = delivered.into_iter().map(|(seq, records)| (seq, Settled::Delivered(records)));
        self.settler.settle_all(all);
        self.lane.metrics.sent(lot.signal(), records);
        let chosen = |verdict: &Verdict| lot.select(|index| is(verdict, index));
        let mut rejections: Vec<&Verdict> = Vec::new();
        for verdict in verdicts {
            if matches!(verdict, Verdict::Rejected(_)) && !rejections.contains(&verdict) {
                rejections.push(verdict);
            }
        }
        for verdict in rejections {
            if let (Verdict::Rejected(reason), Some(rejected)) = (verdict, chosen(verdict)) {
                self.bury(rejected, Category::Rejected, reason, &tries).await;
            }
        }
        let Some(again) = chosen(&Verdict::Retry) else { return Vec::new() };
        match self.pause(&mut tries, None, &Reason::of("the destination took only some records")).await {
            Ok(()) => vec![Parcel { lot: again, tries }],
            Err(reason) => self.bury(again, Category::GaveUp, &reason, &tries).await,
        }
    }

    /// The destination has the lot except for some records, and nobody knows which: they are counted
    /// against the oldest requests, which is exact where the lot is one request.
    fn refused(&self, lot: &Lot, records: u64, reason: &Reason) -> Vec<Parcel> {
        let mut left = u32::try_from(records).unwrap_or(u32::MAX);
        let mut all = Vec::new();
        for (seq, request) in lot.entries() {
            let refused = left.min(request.records());
            left -= refused;
            all.push((seq, Settled::Dropped(refused, DropReason::Refused)));
            all.push((seq, Settled::Delivered(request.records() - refused)));
        }
        self.settler.settle_all(all);
        self.lane.metrics.send_failed(lot.signal(), records);
        self.lane.metrics.sent(lot.signal(), lot.records() - records);
        self.lane.log_refused(records, reason);
        Vec::new()
    }

    /// Hands records that no attempt can deliver to the dead letters.
    async fn bury(&self, lot: Lot, category: Category, reason: &Reason, tries: &Tries) -> Vec<Parcel> {
        let letter = |(origin, request): (Origin, &Request)| {
            let letter = DeadLetter {
                exporter: self.lane.id.clone(),
                pipeline: Arc::clone(&self.pipeline),
                request: request.clone(),
                category,
                reason: reason.clone(),
                attempts: tries.attempts,
                received_unix_nano: origin.received_unix_nano,
                first_unix_nano: tries.first_unix_nano(),
                last_unix_nano: unix_nanos(SystemTime::now()),
            };
            let records = letter.request.records();
            self.lane.dead_letters.keep(letter).map(move |()| (origin, records))
        };
        // Several at once, which share an fsync; settled one by one: a loop that is stopped in between has
        // settled what is buried.
        let mut kept = futures_util::stream::iter(lot.origins().map(letter)).buffered(LETTERS_AT_ONCE);
        while let Some((origin, records)) = kept.next().await {
            self.settler.settle(origin.seq, Settled::DeadLettered(records, reason.clone()));
        }
        self.lane.metrics.send_failed(lot.signal(), lot.records());
        Vec::new()
    }

    /// Waits until it is time for the next attempt; `Err` if there is to be none, and why.
    async fn pause(&self, tries: &mut Tries, after: Option<Duration>, reason: &Reason) -> Result<(), Reason> {
        let settings = &self.lane.settings.retry_on_failure;
        if !settings.enabled {
            return Err(Reason::new(format!("not retried: {reason}")));
        }
        let delay = tries.backoff.next(settings, after, &mut tries.dice);
        let most = *settings.max_elapsed_time;
        if !most.is_zero() && tries.elapsed() + delay > most {
            return Err(Reason::new(format!("no more retries left: {reason}")));
        }
        self.lane.log_retry(reason, delay);
        tokio::time::sleep(delay).await;
        self.lane.metrics.retry();
        Ok(())
    }
}
