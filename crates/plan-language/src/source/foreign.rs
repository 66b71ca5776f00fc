//! Words of other tools, with the words of plans for the same: an author who knows one tool writes its words in another.
//!
//! A word is suggested only where it can stand; what it means there is left to the reader of the field or matcher.

use super::nearest;

/// A word of other tools, and the word of plans. Of several for one word the first that can stand is meant.
const FOREIGN: &[(&str, &str)] = &[
    ("assert", "expect"),
    ("asserts", "expect"),
    ("cleanup", "teardown"),
    ("delay", "within"),
    ("extract", "capture"),
    ("filter", "where"),
    ("from", "as"),
    ("json", "body"),
    ("match", "where"),
    ("max", "at_most"),
    ("min", "at_least"),
    ("name", "plan"),
    ("name", "label"),
    ("name", "title"),
    ("params", "query"),
    ("payload", "body"),
    ("replies", "with"),
    ("reply", "with"),
    ("save", "capture"),
    ("setup", "given"),
    ("timeout", "within"),
    ("$all", "$each"),
    ("$and", "$all_of"),
    ("$array", "$list"),
    ("$bool", "$boolean"),
    ("$eq", "$equals"),
    ("$every", "$each"),
    ("$exists", "$any"),
    ("$float", "$number"),
    ("$gt", "$more_than"),
    ("$gte", "$at_least"),
    ("$guid", "$uuid"),
    ("$int", "$integer"),
    ("$like", "$matches"),
    ("$lt", "$less_than"),
    ("$lte", "$at_most"),
    ("$max", "$at_most"),
    ("$min", "$at_least"),
    ("$missing", "$absent"),
    ("$ne", "$not"),
    ("$object", "$map"),
    ("$or", "$any_of"),
    ("$regex", "$matches"),
    ("$size", "$length"),
    ("$string", "$text"),
    ("$uuid", "$new_uuid"),
];

/// Returns the word that is meant by one that is not known: that of plans for a word of other tools, or the nearest.
pub fn meant<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let candidates: Vec<&str> = candidates.into_iter().collect();
    let own = FOREIGN.iter().filter(|(foreign, _)| *foreign == word);
    let own = own.filter_map(|(_, own)| candidates.iter().copied().find(|known| known == own));
    own.into_iter()
        .next()
        .or_else(|| nearest(word, candidates.iter().copied()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_of_another_tool_is_meant_where_its_own_can_stand() {
        assert_eq!(meant("from", ["as", "form"]), Some("as"));
        assert_eq!(meant("from", ["form"]), Some("form"));
        assert_eq!(meant("name", ["label", "title"]), Some("label"));
        assert_eq!(meant("$gt", ["$length"]), None);
    }
}
