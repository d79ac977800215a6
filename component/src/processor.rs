//! What a processor is.

use crate::{Context, Refusal};
use pdata::Request;

/// A plain synchronous function from request to request, run on the receiving task.
///
/// Nothing touched means the same bytes go on. It must not block, and it fails closed: what it
/// cannot finish it masks, or it refuses the request.
pub trait Processor: Send + Sync {
    /// Processes one request.
    fn process(&self, request: Request, context: &Context) -> Result<Request, Refusal>;
}
