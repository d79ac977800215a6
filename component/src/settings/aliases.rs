//! Other spellings of a choice, for the JSON Schema.

use schemars::Schema;
use serde::Deserialize;
use serde::de::value::Error;
use serde::de::{Deserializer, Error as _, Visitor};
use serde_json::{Value, json};

/// Adds the spellings that `T`'s own serde takes besides the names of its variants, which schemars leaves
/// out. For `#[schemars(transform = aliases::<Self>)]` on an enum of plain variants.
pub fn aliases<T: for<'de> Deserialize<'de>>(schema: &mut Schema) {
    let mut spellings: &'static [&'static str] = &[];
    // It never is a value: all that is wanted is what the type asks for.
    let _ = T::deserialize(Probe(&mut spellings));
    if let Some(Value::Array(choices)) = schema.get_mut("oneOf") {
        for spelling in spellings {
            if !choices.iter().any(|choice| choice.get("const").is_some_and(|known| known == spelling)) {
                choices.push(json!({ "type": "string", "const": spelling, "deprecated": true }));
            }
        }
    }
}

struct Probe<'f>(&'f mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Probe<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("no enum"))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        *self.0 = variants;
        Err(Error::custom("no value"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}
