//! A text with what was found in it replaced.

use super::action::Action;
use pdata::view::{Text, TextBuf};
use std::ops::Range;

/// Something that was found: where, and what becomes of it.
#[derive(Clone, Debug)]
pub struct Find<How> {
    /// Where it stands in the text, in bytes.
    pub range: Range<usize>,
    /// What becomes of it.
    pub action: Action,
    /// What else decides that.
    pub how: How,
}

/// Writes the text to `out` with every find replaced by what `put` writes; finds that overlap are one, whose `how`
/// `join` makes. Other bytes are kept. `None` where a find would cut a character. `finds` are in order.
pub fn replace<How: Clone>(
    text: Text<'_>,
    mut finds: impl Iterator<Item = Find<How>>,
    join: impl Fn(How, How) -> How,
    mut put: impl FnMut(&Find<How>, Text<'_>, &mut TextBuf),
    out: &mut TextBuf,
) -> Option<()> {
    out.clear();
    let mut at = 0;
    let mut ahead = finds.next();
    while let Some(mut find) = ahead {
        ahead = finds.next();
        while let Some(next) = &ahead
            && next.range.start < find.range.end
        {
            // What is kept or hashed of a part would not be what was meant of the whole.
            let same = next.action == find.action && (next.range == find.range || find.action == Action::Tag);
            if !same {
                find.action = find.action.max(next.action).max(Action::Mask);
            }
            find.how = join(find.how.clone(), next.how.clone());
            find.range.end = find.range.end.max(next.range.end);
            ahead = finds.next();
        }
        out.push(text.get(at..find.range.start)?);
        put(&find, text.get(find.range.clone())?, out);
        at = find.range.end;
    }
    out.push(text.get(at..text.as_bytes().len())?);
    Some(())
}
