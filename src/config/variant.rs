//! serde for a component's section: the type part of its id names the variant of an enum.

use super::de::Decoder;
use super::de_error::{Error, What};
use serde::de::value::StrDeserializer;
use serde::de::{self, DeserializeSeed, Deserializer, Visitor};

/// A component's section, fed to the enum of its kind as the variant that its type names.
pub struct Variant<'n, 't> {
    /// The type part of the component's id.
    pub kind: &'n str,
    /// Its section.
    pub body: Decoder<'n, 't>,
}

impl<'n> Deserializer<'n> for Variant<'n, '_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_enum(self)
    }

    serde::forward_to_deserialize_any! {
        <V: Visitor<'n>>
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'n, 't> de::EnumAccess<'n> for Variant<'n, 't> {
    type Error = Error;
    type Variant = Decoder<'n, 't>;

    fn variant_seed<V: DeserializeSeed<'n>>(self, seed: V) -> Result<(V::Value, Decoder<'n, 't>), Error> {
        Ok((seed.deserialize(StrDeserializer::<Error>::new(self.kind))?, self.body))
    }
}

impl<'n> de::VariantAccess<'n> for Decoder<'n, '_> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'n>>(self, seed: T) -> Result<T::Value, Error> {
        self.here(seed.deserialize(self))
    }

    fn tuple_variant<V: Visitor<'n>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.list(visitor)
    }

    fn struct_variant<V: Visitor<'n>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.map(Some(fields), visitor)
    }
}

/// The keys that a struct takes, without a value of it.
pub fn fields_of<T: de::DeserializeOwned>() -> &'static [&'static str] {
    struct Probe<'f>(&'f mut &'static [&'static str]);
    impl<'n> Deserializer<'n> for Probe<'_> {
        type Error = Error;

        fn deserialize_any<V: Visitor<'n>>(self, _: V) -> Result<V::Value, Error> {
            Err(Error::new(What::Null))
        }

        fn deserialize_struct<V: Visitor<'n>>(
            self,
            _: &'static str,
            fields: &'static [&'static str],
            _: V,
        ) -> Result<V::Value, Error> {
            *self.0 = fields;
            Err(Error::new(What::Null))
        }

        serde::forward_to_deserialize_any! {
            <V: Visitor<'n>>
            bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
            unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
        }
    }
    let mut fields: &'static [&'static str] = &[];
    let _ = T::deserialize(Probe(&mut fields));
    fields
}
