//! The `.proto` files of OTLP as the generated types ship them, to check against what they say
//! instead of what `pdata::schema` says.

use opentelemetry_proto::DESCRIPTORS;
use pdata::Signal;
use prost::Message as _;
use std::collections::HashMap;
use std::sync::LazyLock;

#[derive(Clone, PartialEq, prost::Message)]
struct FileSet {
    #[prost(message, repeated, tag = "1")]
    files: Vec<File>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct File {
    #[prost(string, tag = "2")]
    package: String,
    #[prost(message, repeated, tag = "4")]
    messages: Vec<Message>,
    #[prost(message, repeated, tag = "5")]
    enums: Vec<Enum>,
}

/// `DescriptorProto`
#[derive(Clone, PartialEq, prost::Message)]
pub struct Message {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(message, repeated, tag = "2")]
    pub fields: Vec<Field>,
    #[prost(message, repeated, tag = "3")]
    nested: Vec<Message>,
    #[prost(message, repeated, tag = "4")]
    enums: Vec<Enum>,
}

/// `FieldDescriptorProto`
#[derive(Clone, PartialEq, prost::Message)]
pub struct Field {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(uint32, tag = "3")]
    pub number: u32,
    #[prost(int32, tag = "4")]
    label: i32,
    #[prost(enumeration = "Type", tag = "5")]
    pub kind: i32,
    /// Fully qualified, for messages and enumerations.
    #[prost(string, tag = "6")]
    pub type_name: String,
    #[prost(int32, optional, tag = "9")]
    oneof_index: Option<i32>,
    #[prost(string, tag = "10")]
    pub json_name: String,
    #[prost(bool, tag = "17")]
    proto3_optional: bool,
}

/// `EnumDescriptorProto`
#[derive(Clone, PartialEq, prost::Message)]
pub struct Enum {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(message, repeated, tag = "2")]
    pub values: Vec<EnumValue>,
}

/// `EnumValueDescriptorProto`
#[derive(Clone, PartialEq, prost::Message)]
pub struct EnumValue {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(int32, tag = "2")]
    pub number: i32,
}

/// `FieldDescriptorProto.Type`, as far as OTLP uses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, prost::Enumeration)]
#[repr(i32)]
pub enum Type {
    None = 0,
    Double = 1,
    Int64 = 3,
    Uint64 = 4,
    Int32 = 5,
    Fixed64 = 6,
    Fixed32 = 7,
    Bool = 8,
    String = 9,
    Message = 11,
    Bytes = 12,
    Uint32 = 13,
    Enum = 14,
    Sfixed64 = 16,
    Sint32 = 17,
}

impl Message {
    pub fn field(&self, number: u32) -> Option<&Field> {
        self.fields.iter().find(|field| field.number == number)
    }
}

impl Field {
    pub fn repeated(&self) -> bool {
        self.label == 3
    }

    /// Whether it is a member of a oneof that the `.proto` file writes down.
    pub fn oneof(&self) -> bool {
        self.oneof_index.is_some() && !self.proto3_optional
    }

    /// The message type it holds.
    pub fn message(&self) -> Option<&'static Message> {
        (self.kind() == Type::Message).then(|| message(&self.type_name))
    }

    /// Whether it is an id, of how many bytes.
    pub fn id(&self) -> Option<usize> {
        match self.name.as_str() {
            "trace_id" => Some(16),
            "span_id" | "parent_span_id" => Some(8),
            _ => None,
        }
    }

    /// Whether each is a record.
    pub fn record(&self) -> bool {
        matches!(self.name.as_str(), "log_records" | "spans" | "data_points")
    }

    /// Whether it is a list of `KeyValue`.
    pub fn attributes(&self) -> bool {
        self.type_name.ends_with(".KeyValue")
    }
}

struct Types {
    messages: HashMap<String, Message>,
    enums: HashMap<String, Enum>,
}

impl Types {
    fn add(&mut self, scope: &str, messages: &[Message], enums: &[Enum]) {
        for found in enums {
            self.enums.insert(format!("{scope}.{}", found.name), found.clone());
        }
        for message in messages {
            let name = format!("{scope}.{}", message.name);
            self.add(&name, &message.nested, &message.enums);
            self.messages.insert(name, message.clone());
        }
    }
}

static TYPES: LazyLock<Types> = LazyLock::new(|| {
    let mut types = Types { messages: HashMap::new(), enums: HashMap::new() };
    for file in FileSet::decode(DESCRIPTORS).unwrap().files {
        types.add(&format!(".{}", file.package), &file.messages, &file.enums);
    }
    types
});

/// The message type with this fully qualified name.
pub fn message(name: &str) -> &'static Message {
    TYPES.messages.get(name).unwrap_or_else(|| panic!("no message {name}"))
}

/// The enumeration with this fully qualified name.
pub fn enumeration(name: &str) -> &'static Enum {
    TYPES.enums.get(name).unwrap_or_else(|| panic!("no enum {name}"))
}

/// The export request of a signal.
pub fn request(signal: Signal) -> &'static Message {
    message(match signal {
        Signal::Logs => ".opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest",
        Signal::Traces => ".opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest",
        Signal::Metrics => ".opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest",
    })
}
