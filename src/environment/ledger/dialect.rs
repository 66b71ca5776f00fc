//! How a spreadsheet wrote a ledger: what separates fields, the decimal mark, and the order of day and month.
//!
//! A file has one dialect, and all of its rows decide it together: `1.045` alone may be a thousand and more, or one and
//! a little; beside `45,99` it is certain. What stays ambiguous is refused with both readings.

use serde_json::Number;
use time::{Date, Month};

/// Characters that may group the digits of a thousand, besides the mark that is not the decimal one.
const GROUPING: [char; 6] = [' ', '\u{a0}', '\u{202f}', '\u{2009}', '\'', '\u{2019}'];

/// How many digits stand between two groupings.
const GROUP: usize = 3;

/// Returns the character that separates the fields of a ledger: the first of its header that can.
pub(super) fn delimiter(text: &str) -> char {
    let header = text.lines().find(|line| !line.trim().is_empty());
    let mut characters = header.unwrap_or_default().chars();
    characters
        .find(|character| matches!(character, ',' | ';' | '\t'))
        .unwrap_or(',')
}

/// Why a text is no amount or no date, and what to write instead.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unclear {
    pub(super) why: String,
    pub(super) hint: String,
}

/// How the amounts and dates of a ledger are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dialect {
    delimiter: char,
    decimal: Certainty<char>,
    order: Certainty<DateOrder>,
}

/// What the rows of a ledger say about one property of its dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Certainty<T> {
    /// No row decides it.
    Open,
    /// At least one row decides it, and none speaks against it.
    Is(T),
    /// Two rows contradict each other.
    Contradictory,
}

/// The order of the numbers of a date with slashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DateOrder {
    DayFirst,
    MonthFirst,
}

impl<T: Copy + PartialEq> Certainty<T> {
    /// Gathers what the rows say.
    fn of(said: impl Iterator<Item = T>) -> Self {
        said.fold(Self::Open, |known, said| match known {
            Self::Open => Self::Is(said),
            Self::Is(same) if same == said => known,
            _ => Self::Contradictory,
        })
    }
}

impl Dialect {
    /// Decides the dialect of a ledger by all of its amounts and dates.
    pub(super) fn of<'t>(
        delimiter: char,
        amounts: impl Iterator<Item = &'t str>,
        dates: impl Iterator<Item = &'t str>,
    ) -> Self {
        let mut decimal = Certainty::of(amounts.filter_map(decimal_mark));
        if decimal == Certainty::Open && delimiter == ',' {
            // Where commas separate the fields, a point separates the decimals.
            decimal = Certainty::Is('.');
        }
        Self {
            delimiter,
            decimal,
            order: Certainty::of(dates.filter_map(date_order)),
        }
    }

    /// Says how the file was read, where that is not the way of the documentation; `None` if it is.
    pub(super) fn note(&self, dates: &mut dyn Iterator<Item = &str>) -> Option<String> {
        let mut parts = Vec::new();
        match self.delimiter {
            ';' => parts.push("fields separated by semicolons"),
            '\t' => parts.push("fields separated by tabs"),
            _ => {}
        }
        if self.decimal == Certainty::Is(',') {
            parts.push("decimal commas");
        }
        let (mut dots, mut slashes) = (false, false);
        for date in dates {
            dots |= date.contains('.');
            slashes |= date.contains('/');
        }
        if dots {
            parts.push("dates as day.month.year");
        }
        match self.order {
            Certainty::Is(DateOrder::DayFirst) if slashes => parts.push("dates as day/month/year"),
            Certainty::Is(DateOrder::MonthFirst) if slashes => {
                parts.push("dates as month/day/year");
            }
            _ => {}
        }
        (!parts.is_empty()).then(|| parts.join(", "))
    }

    /// Reads a signed amount as an exact decimal.
    ///
    /// # Errors
    /// Why it is no amount, or which amounts it may be.
    pub(super) fn amount(&self, text: &str) -> Result<Number, Unclear> {
        let (negative, digits) = unsigned(text);
        let unclear = |why: String, hint: &str| Unclear {
            why,
            hint: hint.to_owned(),
        };
        let no_amount = || {
            unclear(
                format!("`{text}` is not an amount"),
                "a signed number such as `-45.99`, without a currency",
            )
        };
        let mark = match self.decimal {
            Certainty::Is(mark) => mark,
            Certainty::Open if !digits.contains(['.', ',']) => '.',
            Certainty::Open => {
                let grouped: String = digits.chars().filter(char::is_ascii_digit).collect();
                let decimal = digits.replace(',', ".");
                return Err(unclear(
                    format!("`{text}` may be {grouped} or {decimal}"),
                    "no amount of this ledger shows its decimal mark; write one with all of its decimals, such as `-45.99`",
                ));
            }
            Certainty::Contradictory => {
                return Err(unclear(
                    format!(
                        "`{text}` is one of amounts of which some have a decimal point, others a decimal comma"
                    ),
                    "write all of them with a point, such as `-45.99`",
                ));
            }
        };
        let (whole, fraction) = match digits.split_once(mark) {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (digits, None),
        };
        let whole = ungrouped(whole, mark).ok_or_else(no_amount)?;
        let sign = if negative { "-" } else { "" };
        let point = fraction.map_or(String::new(), |fraction| format!(".{fraction}"));
        if fraction.is_some_and(|fraction| !all_digits(fraction)) {
            return Err(no_amount());
        }
        format!("{sign}{whole}{point}")
            .parse()
            .map_err(|_| no_amount())
    }

    /// Reads a date of the calendar as `YYYY-MM-DD`.
    ///
    /// # Errors
    /// Why it is no date, or which dates it may be.
    pub(super) fn date(&self, text: &str) -> Result<String, Unclear> {
        let no_date = || Unclear {
            why: format!("`{text}` is not a date"),
            hint: "such as `2026-03-31`".to_owned(),
        };
        if let Some(date) = numbers(text, '-', [4, 2, 2], true) {
            return iso(date).ok_or_else(no_date);
        }
        if let Some([day, month, year]) = numbers(text, '.', [2, 2, 4], false) {
            return iso([year, month, day]).ok_or_else(no_date);
        }
        let Some([first, second, year]) = numbers(text, '/', [2, 2, 4], false) else {
            return Err(no_date());
        };
        let (day_first, month_first) = (iso([year, second, first]), iso([year, first, second]));
        match self.order {
            Certainty::Is(DateOrder::DayFirst) => day_first.ok_or_else(no_date),
            Certainty::Is(DateOrder::MonthFirst) => month_first.ok_or_else(no_date),
            // The same number twice is one date in either order.
            _ if first == second => day_first.ok_or_else(no_date),
            _ => Err(Unclear {
                why: match (day_first, month_first) {
                    (Some(left), Some(right)) => format!("`{text}` may be {left} or {right}"),
                    _ => format!(
                        "`{text}` has another order of day and month than other dates of this ledger"
                    ),
                },
                hint: "write dates as year-month-day, such as `2026-03-31`".to_owned(),
            }),
        }
    }
}

/// Splits the sign off an amount: a hyphen, a minus sign, or a plus.
fn unsigned(text: &str) -> (bool, &str) {
    match text.strip_prefix(['-', '\u{2212}']) {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

/// Returns the decimal mark that an amount shows; `None` if it has none, or may have none.
fn decimal_mark(text: &str) -> Option<char> {
    let (_, digits) = unsigned(text);
    let last = digits.rfind(['.', ','])?;
    let (before, after) = (&digits[..last], &digits[last + 1..]);
    let mark = if digits[last..].starts_with(',') {
        ','
    } else {
        '.'
    };
    let other = if mark == ',' { '.' } else { ',' };
    let repeats = before.contains(mark);
    // `1.045.200` groups with points, so that its decimal mark, if it needs one, is the comma.
    if repeats {
        return Some(other);
    }
    let may_group = after.len() == GROUP && !before.contains(other) && before.len() <= GROUP;
    let leading_zero = before == "0" || before.is_empty();
    (!may_group || leading_zero).then_some(mark)
}

/// Tells which order a date with slashes shows; `None` if it has none, or fits both.
fn date_order(text: &str) -> Option<DateOrder> {
    let [first, second, _] = numbers(text, '/', [2, 2, 4], false)?;
    match (first > 12, second > 12) {
        (true, false) => Some(DateOrder::DayFirst),
        (false, true) => Some(DateOrder::MonthFirst),
        _ => None,
    }
}

/// Returns the digits of a whole number without its groupings; `None` if it is not well grouped.
fn ungrouped(text: &str, decimal: char) -> Option<String> {
    let is_grouping = |character: char| {
        (matches!(character, '.' | ',') && character != decimal) || GROUPING.contains(&character)
    };
    let groups: Vec<&str> = text.split(is_grouping).collect();
    let (first, rest) = groups.split_first()?;
    let is_grouped = rest
        .iter()
        .all(|group| group.len() == GROUP && all_digits(group));
    let fits = all_digits(first) && (rest.is_empty() || first.len() <= GROUP);
    let digits = groups.concat();
    let digits = digits.trim_start_matches('0');
    let digits = if digits.is_empty() { "0" } else { digits };
    (is_grouped && fits).then(|| digits.to_owned())
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Reads three numbers of at most so many digits (`exact`: of exactly so many; a year always is).
fn numbers(text: &str, separator: char, digits: [usize; 3], exact: bool) -> Option<[u16; 3]> {
    let parts: Vec<&str> = text.split(separator).collect();
    let parts: [&str; 3] = parts.try_into().ok()?;
    let mut read = [0; 3];
    for ((part, digits), number) in parts.iter().zip(digits).zip(&mut read) {
        let fits = if exact || digits == 4 {
            part.len() == digits
        } else {
            part.len() <= digits
        };
        if !fits || !all_digits(part) {
            return None;
        }
        *number = part.parse().ok()?;
    }
    Some(read)
}

/// Writes year, month and day, if the calendar has them.
fn iso([year, month, day]: [u16; 3]) -> Option<String> {
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    let date = Date::from_calendar_date(year.into(), month, u8::try_from(day).ok()?).ok()?;
    Some(date.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads amounts of one ledger together.
    fn amounts(delimiter: char, texts: &[&str]) -> Vec<Result<String, String>> {
        let dialect = Dialect::of(delimiter, texts.iter().copied(), std::iter::empty());
        let read = texts.iter().map(|text| dialect.amount(text));
        read.map(|amount| match amount {
            Ok(amount) => Ok(amount.to_string()),
            Err(unclear) => Err(unclear.why),
        })
        .collect()
    }

    fn dates(texts: &[&str]) -> Vec<Result<String, String>> {
        let dialect = Dialect::of(',', std::iter::empty(), texts.iter().copied());
        let read = texts.iter().map(|text| dialect.date(text));
        read.map(|date| date.map_err(|unclear| unclear.why))
            .collect()
    }

    #[track_caller]
    fn reads(delimiter: char, pairs: &[(&str, &str)]) {
        let texts: Vec<_> = pairs.iter().map(|(text, _)| *text).collect();
        let expected: Vec<_> = pairs
            .iter()
            .map(|(_, amount)| Ok((*amount).to_owned()))
            .collect();
        assert_eq!(amounts(delimiter, &texts), expected);
    }

    #[test]
    fn amounts_keep_their_decimals() {
        reads(
            ',',
            &[
                ("0", "0"),
                ("-0.01", "-0.01"),
                ("+12.5", "12.5"),
                ("12.50", "12.50"),
                ("-45.125", "-45.125"),
                ("1000", "1000"),
                ("007", "7"),
                ("9007199254740993.01", "9007199254740993.01"),
                ("\u{2212}3", "-3"),
            ],
        );
    }

    #[test]
    fn the_marks_of_a_continental_spreadsheet_are_read() {
        reads(
            ';',
            &[
                ("-1.045,99", "-1045.99"),
                ("1.045", "1045"),
                ("45,9", "45.9"),
                ("1 000 000,00", "1000000.00"),
                ("1\u{202f}000,5", "1000.5"),
            ],
        );
        reads(';', &[("1'045.99", "1045.99"), ("1.045", "1.045")]);
        reads(';', &[("1.045.200", "1045200"), ("7", "7")]);
        reads(';', &[("0,125", "0.125"), ("1,250", "1.250")]);
    }

    #[test]
    fn an_ambiguous_or_contradictory_mark_is_refused_with_its_readings() {
        assert_eq!(
            amounts(';', &["7", "1.045"]),
            [
                Ok("7".to_owned()),
                Err("`1.045` may be 1045 or 1.045".to_owned())
            ]
        );
        let contradictory = amounts(';', &["45,99", "45.99"]);
        assert!(contradictory.iter().all(|amount| {
            let why = amount.as_ref().expect_err("it is refused");
            why.contains("some have a decimal point, others a decimal comma")
        }));
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in [
            "", "1.", ".5", "--1", "1e3", "12,34.5", "1 00", "EUR 5", "5-", "(5)", "1.2.3",
        ] {
            let read = amounts(',', &["0.5", text]);
            assert!(read[1].is_err(), "{text}: {read:?}");
        }
    }

    #[test]
    fn days_are_read_in_the_order_that_the_ledger_shows() {
        let ok = |texts: [&str; 2]| texts.map(|text| Ok(text.to_owned())).to_vec();
        assert_eq!(
            dates(&["2026-02-03", "3.2.2026"]),
            ok(["2026-02-03", "2026-02-03"])
        );
        assert_eq!(
            dates(&["03/02/2026", "13/02/2026"]),
            ok(["2026-02-03", "2026-02-13"])
        );
        assert_eq!(
            dates(&["03/02/2026", "02/13/2026"]),
            ok(["2026-03-02", "2026-02-13"])
        );
        assert_eq!(
            dates(&["03/02/2026", "02/02/2026"]),
            [
                Err("`03/02/2026` may be 2026-02-03 or 2026-03-02".to_owned()),
                Ok("2026-02-02".to_owned())
            ]
        );
        assert!(
            dates(&["13/02/2026", "02/13/2026"])
                .iter()
                .all(Result::is_err)
        );
        for text in [
            "29.02.2026",
            "3.2.26",
            "2026-1-2",
            "2026/02/03",
            "03-02-2026",
            "46056",
        ] {
            assert_eq!(dates(&[text]), [Err(format!("`{text}` is not a date"))]);
        }
    }
}
