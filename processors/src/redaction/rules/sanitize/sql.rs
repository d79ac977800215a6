//! SQL without its literals.

/// The statement with `?` for every literal, parameter by number and number in a name, and without comments. `None`
/// where dialects disagree on where a literal ends, or it does not end: a literal that is taken for something else would stay.
pub fn sanitize(statement: &str) -> Option<String> {
    let mut out = String::with_capacity(statement.len());
    let mut rest = statement;
    // Where the word begins that the end of `out` is in.
    let mut word = None;
    while let Some(sign) = rest.chars().next() {
        let behind = rest.get(sign.len_utf8()..)?;
        let goes_on = sign.is_alphanumeric()
            || matches!(sign, '_' | '$' | '#' | '@')
            || (word.is_some() && sign == '.');
        if !goes_on {
            end_word(&mut out, word.take());
        }
        let (kept, next) = match sign {
            // Oracle's `q'[…]'`, which has quotes in it.
            '\'' if is_alternative(&out) => return None,
            // A text, or a name that MySQL takes for a text.
            '\'' | '"' => ("?", quoted(behind, sign)?),
            '`' => {
                let (name, next) = behind.split_once('`')?;
                out.push('`');
                put_without_digits(name, &mut out);
                ("`", next)
            }
            '$' if word.is_none() && behind.starts_with(is_digit) => {
                ("?", behind.trim_start_matches(is_digit))
            }
            '$' if word.is_none() => match dollar(behind)? {
                Some(next) => ("?", next),
                None => ("$", behind),
            },
            '[' if !closes_quotes(behind) => return None,
            '-' if behind.starts_with('-') => ("", behind.split_once('\n').map_or("", |(_, next)| next)),
            '/' if behind.starts_with('*') => {
                let (comment, next) = behind.get(1..)?.split_once("*/")?;
                // Some dialects nest them.
                if comment.contains("/*") {
                    return None;
                }
                (" ", next)
            }
            // A comment of MySQL's, or part of a name, unless it is an operator of PostgreSQL's.
            '#' if !is_operand(behind) => return None,
            '0'..='9' if word.is_some() => ("?", behind.trim_start_matches(is_digit)),
            '0'..='9' => ("?", number(rest)),
            '.' if word.is_none() && behind.starts_with(is_digit) => ("?", number(rest)),
            _ => (rest.get(..sign.len_utf8())?, behind),
        };
        // A literal begins no word.
        if goes_on && kept != "?" {
            word.get_or_insert(out.len());
        }
        out.push_str(kept);
        rest = next;
    }
    end_word(&mut out, word);
    Some(out)
}

fn is_digit(sign: char) -> bool {
    sign.is_ascii_digit()
}

/// Puts `?` in the place of a word that is a literal.
fn end_word(out: &mut String, word: Option<usize>) {
    let Some(start) = word else { return };
    let is = |literal: &str| out.get(start..).is_some_and(|word| word.eq_ignore_ascii_case(literal));
    if is("true") || is("false") || is("null") {
        out.truncate(start);
        out.push('?');
    }
}

/// Names with a number in them are as many as there are numbers.
fn put_without_digits(name: &str, out: &mut String) {
    let mut parts = name.split(is_digit);
    out.push_str(parts.next().unwrap_or_default());
    let mut in_number = false;
    for part in parts {
        if !in_number {
            out.push('?');
        }
        out.push_str(part);
        in_number = part.is_empty();
    }
}

/// Whether the last word says that a quote behind it is one of Oracle's alternative ones.
fn is_alternative(before: &str) -> bool {
    let word =
        before.rsplit(|sign: char| !(sign.is_alphanumeric() || sign == '_')).next().unwrap_or_default();
    word.eq_ignore_ascii_case("q") || word.eq_ignore_ascii_case("nq")
}

/// Whether quotes that are opened behind a bracket are closed in it. In a name of SQL Server's, `[it's]`, a quote is one
/// sign, and all that follows would be read the wrong way round.
fn closes_quotes(behind: &str) -> bool {
    // Names have 128 characters at most.
    const LONGEST: usize = 4 * 128 + 1;
    let inside = behind.bytes().take(LONGEST).position(|byte| byte == b']').and_then(|end| behind.get(..end));
    inside.is_none_or(|inside| ['\'', '"', '`'].iter().all(|quote| inside.matches(*quote).count() % 2 == 0))
}

/// Whether a path to something in JSON stands behind a `#`: `#>'{a}'`, `#>> $1`, `#- ARRAY['a']`.
fn is_operand(behind: &str) -> bool {
    let path = behind.trim_start_matches('>').trim_start_matches('-').trim_start();
    let array = path.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("array["));
    behind.starts_with(['>', '-']) && (array || path.starts_with(['\'', '$', ':', '?', '%', '@', '(']))
}

/// What is behind the end of a quoted text; doubled quotes are in it.
fn quoted(mut rest: &str, quote: char) -> Option<&str> {
    loop {
        let (text, behind) = rest.split_once(quote)?;
        // Whether that quote ends it depends on the dialect and on settings.
        if text.ends_with('\\') {
            return None;
        }
        match behind.strip_prefix(quote) {
            Some(more) => rest = more,
            None => return Some(behind),
        }
    }
}

/// What is behind a text in dollars, `$tag$…$tag$`; nothing where none begins.
fn dollar(behind: &str) -> Option<Option<&str>> {
    let Some((tag, text)) = behind.split_once('$') else { return Some(None) };
    if !tag.chars().all(|sign| sign.is_alphanumeric() || sign == '_') {
        return Some(None);
    }
    let (_, next) = text.split_once(&format!("${tag}$"))?;
    Some(Some(next))
}

/// What is behind a number: decimal, hexadecimal or with an exponent.
fn number(text: &str) -> &str {
    let mut last = ' ';
    let end = text.find(|sign: char| {
        let exponent = matches!(sign, '+' | '-') && matches!(last, 'e' | 'E') && !text.starts_with("0x");
        last = sign;
        !(sign.is_alphanumeric() || matches!(sign, '.' | '_') || exponent)
    });
    end.and_then(|end| text.get(end..)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_become_question_marks_and_the_rest_stays() {
        for (statement, expected) in [
            ("SELECT a, b2 FROM t1 WHERE a = 'x''y' AND b2=5", "SELECT a, b? FROM t? WHERE a = ? AND b?=?"),
            (
                "UPDATE t SET a = -1.5e-3, b = 0xFF, c = .5 WHERE d IN (1,2,3)",
                "UPDATE t SET a = -?, b = ?, c = ? WHERE d IN (?,?,?)",
            ),
            ("INSERT INTO `t 1` VALUES (\"x\", N'y', NULL, true)", "INSERT INTO `t ?` VALUES (?, N?, ?, ?)"),
            ("SELECT $1, $2 FROM s.t_2 -- secret\nLIMIT 10", "SELECT ?, ? FROM s.t_? LIMIT ?"),
            ("SELECT /* secret */ $$it's$$, $a$b $$ c$a$, x#>'{a}'", "SELECT   ?, ?, x#>?"),
            ("SELECT $12, $1,$2, $500, $1.50", "SELECT ?, ?,?, ?, ??"),
            (
                "SELECT [a b], ARRAY['a','b'], x['c'] #>> $1, y #- array['d']",
                "SELECT [a b], ARRAY[?,?], x[?] #>> ?, y #- array[?]",
            ),
            ("SELECT 'größe', größe1 FROM \"straße\"", "SELECT ?, größe? FROM ?"),
            ("SELECT '€'", "SELECT ?"),
            ("SELECT `12a345b6` , nullable, a.true, True", "SELECT `?a?b?` , nullable, a.true, ?"),
            ("", ""),
        ] {
            assert_eq!(sanitize(statement).as_deref(), Some(expected), "{statement}");
        }
    }

    #[test]
    fn what_dialects_read_differently_or_does_not_end_is_none() {
        for statement in [
            "SELECT 'a",
            "SELECT 'a\\' , 'b'",
            "SELECT /* a /* b */ secret */ 1",
            "SELECT /* a",
            "SELECT $$a",
            "# secret",
            "SELECT a#secret comment",
            "SELECT a ##secret comment",
            "SELECT a #- secret comment",
            "SELECT a #> secret comment",
            "SELECT 1 WHERE [a'b] = 'secretA' AND [c'd] = 'secretB'",
            "SELECT a FROM t WHERE a = q'[O'secretA]' AND b = q'[O'secretB]'",
            "SELECT Nq'{it's}'",
            "SELECT `a",
        ] {
            assert_eq!(sanitize(statement), None, "{statement}");
        }
    }
}
