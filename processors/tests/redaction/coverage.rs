//! Every string of OTLP is looked at: the list is that of the `.proto` files, not one of weir's.

use super::*;
use crate::descriptors::{Field, Message as Type, Type as Kind};

const SECRET: &str = "maria@example.org";

/// Shows every field that can hold text to `visit`, as its way from the export request. Messages that
/// hold themselves are gone into twice.
fn each_text(of: &'static Type, way: &mut Vec<&'static Field>, visit: &mut impl FnMut(&[&'static Field])) {
    for field in &of.fields {
        way.push(field);
        match field.kind() {
            Kind::String => visit(way),
            Kind::Bytes if field.id().is_none() => visit(way),
            Kind::Message if way.iter().filter(|above| above.type_name == field.type_name).count() <= 2 => {
                each_text(field.message().unwrap(), way, visit);
            }
            _ => {}
        }
        way.pop();
    }
}

/// The request in which nothing but that field stands.
fn with_secret_at(way: &[&Field]) -> Vec<u8> {
    way.iter().rev().fold(SECRET.as_bytes().to_vec(), |payload, field| {
        let mut outer = Vec::new();
        prost::encoding::encode_key(field.number, prost::encoding::WireType::LengthDelimited, &mut outer);
        prost::encoding::encode_varint(payload.len() as u64, &mut outer);
        [outer, payload].concat()
    })
}

#[test]
fn every_string_field_of_the_protos_is_redacted() {
    let redaction = redaction();
    let mut places = 0;
    for signal in [Signal::Logs, Signal::Traces, Signal::Metrics] {
        each_text(descriptors::request(signal), &mut Vec::new(), &mut |way| {
            let name = way.iter().map(|field| field.name.as_str()).collect::<Vec<_>>().join(".");
            let bytes = Bytes::from(with_secret_at(way));
            let request = Request::validate(signal, bytes, &Limits::default());
            let request = request.unwrap_or_else(|error| panic!("{signal:?} {name}: {error}"));
            let out = redaction.process(request, &Context::now(None)).unwrap();
            let hidden = memchr::memmem::find(out.bytes(), SECRET.as_bytes()).is_none();
            assert!(hidden, "{signal:?} {name} leaks");
            assert!(memchr::memmem::find(out.bytes(), b"****").is_some(), "{signal:?} {name} is lost");
            places += 1;
        });
    }
    // So many does OTLP 1.9 have, with what holds itself twice; a test that sees fewer sees less.
    assert!(places >= 223, "{places}");
}
