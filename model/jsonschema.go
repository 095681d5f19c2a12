package model

import (
	"bytes"
	"encoding/json"
	"math"
)

// HistorySchema is the JSON Schema (draft 2020-12) of one line of a history:
// of its header, or of an event. What it refuses a Reader refuses too. A Reader
// is stricter in what a schema cannot say: the order of times, fields that
// stand twice or came with a later version, and numbers written as 1.0.
func HistorySchema() []byte {
	events, kinds := []any{}, []any{}
	for _, s := range schema {
		kinds = append(kinds, string(s.Kind))
		events = append(events, s.rule())
	}
	event := object{
		{"type", "object"}, {"required", []any{"us", "event"}},
		{"properties", fieldTypes(kinds)}, {"additionalProperties", false},
		{"allOf", events},
	}
	whole := object{
		{"$schema", "https://json-schema.org/draft/2020-12/schema"},
		{"title", "A line of a groundhog history"},
		{"description", "A history is JSON lines: first a header, then events in the order of us. docs/history.md says what they mean."},
		{"if", object{{"type", "object"}, {"required", []any{"groundhog-history"}}}},
		{"then", object{{"$ref", "#/$defs/header"}}},
		{"else", object{{"$ref", "#/$defs/event"}}},
		{"$defs", object{{"header", headerSchema()}, {"event", event}}},
	}
	text, err := json.Marshal(whole)
	if err != nil { // of texts and numbers there is none
		return nil
	}
	var out bytes.Buffer
	if err := json.Indent(&out, text, "", "  "); err != nil {
		return nil
	}
	return append(out.Bytes(), '\n')
}

// object is a JSON object that keeps the order of its fields.
type object []struct {
	Name  string
	Value any
}

// MarshalJSON implements json.Marshaler.
func (o object) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i, f := range o {
		value, err := json.Marshal(f.Value)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(appendString(b, f.Name), ':'), value...)
	}
	return append(b, '}'), nil
}

func integers(least, most int64) object {
	return object{{"type", "integer"}, {"minimum", least}, {"maximum", most}}
}

var (
	anyText   = object{{"type", "string"}}
	anyName   = object{{"type", "string"}, {"minLength", 1}}
	anyFlag   = object{{"type", "boolean"}}
	anyNumber = integers(math.MinInt64, math.MaxInt64)
	natural   = integers(0, math.MaxInt64)
	small     = integers(math.MinInt32, math.MaxInt32)
	texts     = object{{"type", "array"}, {"items", anyText}}
)

func headerSchema() object {
	var s Settings
	settings := object{}
	for _, set := range s.List() {
		kind := object{{"type", "boolean"}, {"description", set.Text}}
		if set.Flag == nil {
			kind = append(integers(0, math.MaxInt64), object{{"description", set.Text}}...)
		}
		settings = append(settings, object{{set.Name, kind}}...)
	}
	return object{
		{"type", "object"}, {"required", []any{"groundhog-history"}},
		{"properties", object{
			{"groundhog-history", integers(1, HistoryVersion)}, {"source", anyText}, {"note", anyText}, {"fresh", anyFlag},
			{"began_us", natural},
			{"settings", object{{"type", "object"}, {"properties", settings}, {"additionalProperties", false}}},
		}},
		{"additionalProperties", false},
	}
}

// fieldTypes has the type of each field of an event, whatever its kind.
func fieldTypes(kinds []any) object {
	list := object{}
	for i, name := range fieldNames {
		var kind any = anyText
		switch field(1 << i) {
		case fieldUs:
			kind = natural
		case fieldEvent:
			kind = object{{"enum", kinds}}
		case fieldGeneration, fieldPartition, fieldDeliveries:
			kind = small
		case fieldFrom, fieldTo, fieldOp:
			kind = anyNumber
		case fieldKeys, fieldValues, fieldMembers:
			kind = texts
		case fieldPartitions:
			kind = object{{"type", "array"}, {"items", object{
				{"type", "object"}, {"required", []any{"topic", "partition"}},
				{"properties", object{{"topic", anyName}, {"partition", small}, {"offset", anyNumber}}},
				{"additionalProperties", false},
			}}}
		}
		list = append(list, object{{name, kind}}...)
	}
	return list
}

// rule is what an event of this kind must have.
func (s *kindSpec) rule() object {
	required, filled := []any{}, object{}
	for i, name := range fieldNames {
		if s.Must&(1<<i) == 0 {
			continue
		}
		required = append(required, name)
		if notEmpty&(1<<i) != 0 {
			filled = append(filled, object{{name, object{{"minLength", 1}}}}...)
		}
	}
	if s.Offsets {
		filled = append(filled, object{{"partitions", object{{"items", object{{"required", []any{"offset"}}}}}}}...)
	}
	then := object{{"description", s.Text}, {"required", required}}
	if len(filled) > 0 {
		then = append(then, object{{"properties", filled}}...)
	}
	return object{
		{"if", object{{"properties", object{{"event", object{{"const", string(s.Kind)}}}}}, {"required", []any{"event"}}}},
		{"then", then},
	}
}
