//! Where accepted data waits: frames, cursors and watermarks.
