//! Memory that batches are encoded to, again and again: of fresh memory the kernel has to clear every page.

use bytes::Bytes;
use parking_lot::Mutex;
use std::sync::Arc;

/// Buffers that nobody uses.
#[derive(Clone, Debug)]
pub struct Buffers {
    unused: Arc<Mutex<Vec<Vec<u8>>>>,
    most: usize,
}

impl Buffers {
    /// Keeps `most` of them. Others are freed when they come back.
    pub fn keeping(most: usize) -> Buffers {
        Buffers { unused: Arc::default(), most }
    }

    /// An empty buffer.
    pub fn take(&self) -> Vec<u8> {
        self.unused.lock().pop().unwrap_or_default()
    }

    /// What is in a buffer, which comes back when nobody needs that any more.
    pub fn lend(&self, buffer: Vec<u8>) -> Bytes {
        Bytes::from_owner(Lent { buffer, home: self.clone() })
    }

    /// Gives the memory back to the system.
    pub fn clear(&self) {
        let unused = std::mem::take(&mut *self.unused.lock());
        drop(unused);
    }
}

struct Lent {
    buffer: Vec<u8>,
    home: Buffers,
}

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        &self.buffer
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        self.buffer.clear();
        let mut unused = self.home.unused.lock();
        if unused.len() < self.home.most {
            unused.push(std::mem::take(&mut self.buffer));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_comes_back_empty_once_its_last_reader_is_gone() {
        let buffers = Buffers::keeping(1);
        let mut buffer = buffers.take();
        buffer.extend_from_slice(b"batch");
        let memory = buffer.as_ptr();
        let batch = buffers.lend(buffer);
        let retry = batch.clone();
        drop(batch);
        assert_eq!(buffers.unused.lock().len(), 0);
        assert_eq!(retry, "batch");
        drop(retry);
        let again = buffers.take();
        assert!(again.is_empty() && again.as_ptr() == memory);
        drop((buffers.lend(again), buffers.lend(vec![1])));
        assert_eq!(buffers.unused.lock().len(), 1);
        buffers.clear();
        assert_eq!(buffers.unused.lock().len(), 0);
    }
}
