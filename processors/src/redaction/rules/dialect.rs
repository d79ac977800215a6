//! What RE2, whose syntax the Collector's patterns have, reads otherwise than the `regex` crate does.
//!
//! What only one of them can read is an error anyway. What both read, but not as the same, would find something else
//! without a word.

use regex_syntax::ast::parse::Parser;
use regex_syntax::ast::{AssertionKind, Ast, ClassSetBinaryOp, ClassSetItem, Visitor, visit};

/// How to say it so that both read the same, where a pattern is read otherwise.
pub fn difference(pattern: &str) -> Option<&'static str> {
    let pattern = Parser::new().parse(pattern).ok()?;
    visit(&pattern, Differences).err()
}

struct Differences;

impl Visitor for Differences {
    type Output = ();
    type Err = &'static str;

    fn finish(self) -> Result<(), Self::Err> {
        Ok(())
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), Self::Err> {
        match ast {
            Ast::Assertion(assertion) => match assertion.kind {
                AssertionKind::WordBoundaryStartAngle | AssertionKind::WordBoundaryEndAngle => Err(
                    "says the start or end of a word here and a sign in the Collector: write `<` or `>`, or `\\b`",
                ),
                AssertionKind::WordBoundaryStart
                | AssertionKind::WordBoundaryEnd
                | AssertionKind::WordBoundaryStartHalf
                | AssertionKind::WordBoundaryEndHalf => Err(
                    "says the start or end of a word here and a text in braces in the Collector: write `\\b`",
                ),
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }

    fn visit_class_set_item_pre(&mut self, item: &ClassSetItem) -> Result<(), Self::Err> {
        match item {
            ClassSetItem::Bracketed(_) => Err(
                "has a `[` within `[…]`, which is a sign in the Collector and begins a class here: write `\\[`",
            ),
            _ => Ok(()),
        }
    }

    fn visit_class_set_binary_op_pre(&mut self, _: &ClassSetBinaryOp) -> Result<(), Self::Err> {
        Err("has `&&`, `--` or `~~` within `[…]`, which are signs in the Collector and relate classes here: \
             write each sign once, and `-` as `\\-`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Go's `regexp` compiles all of these.
    #[test]
    fn what_the_collector_reads_otherwise_is_told_from_what_it_reads_as_the_same() {
        for pattern in
            ["[a&&b]x", "x[[a]b]", "[+--]", "(a|[a~~b])*", r"\<x", r"x\>", r"\b{start}x", "[^[:digit:][x]]"]
        {
            assert!(difference(pattern).is_some(), "{pattern}");
        }
        for pattern in ["[[:digit:]x]", r"[a&\[\-~]", r"[\d\pL]", r"\bx\B", "<x>", "[a&b]", "(?i)^a$", "[]a]"]
        {
            assert_eq!(difference(pattern), None, "{pattern}");
        }
    }
}
