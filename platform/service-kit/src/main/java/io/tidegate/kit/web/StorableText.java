package io.tidegate.kit.web;

import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.KeyDeserializer;
import tools.jackson.databind.deser.jdk.StringDeserializer;
import tools.jackson.databind.deser.std.StdScalarDeserializer;
import tools.jackson.databind.exc.InvalidFormatException;
import tools.jackson.databind.module.SimpleModule;

/**
 * Refuses text in requests that no database can keep: with the character U+0000, or with half of a
 * surrogate pair, which no encoding can write.
 */
final class StorableText {
  private StorableText() {}

  static SimpleModule module() {
    SimpleModule module = new SimpleModule("storable-text");
    module.addDeserializer(String.class, new Text());
    module.addKeyDeserializer(String.class, new Key());
    return module;
  }

  private static boolean storable(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == 0 || Character.isLowSurrogate(c)) {
        return false;
      }
      if (Character.isHighSurrogate(c)
          && (++i == text.length() || !Character.isLowSurrogate(text.charAt(i)))) {
        return false;
      }
    }
    return true;
  }

  private static final class Text extends StdScalarDeserializer<String> {
    Text() {
      super(String.class);
    }

    @Override
    public String deserialize(JsonParser parser, DeserializationContext context) {
      String text = StringDeserializer.instance.deserialize(parser, context);
      if (text != null && !storable(text)) {
        throw InvalidFormatException.from(parser, "not storable", text, String.class);
      }
      return text;
    }
  }

  private static final class Key extends KeyDeserializer {
    @Override
    public Object deserializeKey(String key, DeserializationContext context) {
      if (!storable(key)) {
        throw InvalidFormatException.from(context.getParser(), "not storable", key, String.class);
      }
      return key;
    }
  }
}
