package io.tidegate.sharing.protocol;

import io.tidegate.delta.Predicate;
import io.tidegate.delta.Predicate.Column;
import io.tidegate.delta.Predicate.Literal;
import io.tidegate.delta.Predicate.Operator;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads a predicate in the protocol's subset of SQL (PROTOCOL.md, "SQL Expressions for Filtering"):
 * comparisons of a column and a value on either side, {@code IS [NOT] NULL}, {@code [NOT] IN},
 * {@code [NOT] BETWEEN}, and those joined by {@code AND}, {@code OR}, {@code NOT} and parentheses.
 * What else there is in SQL is not understood, and then the hint as a whole says nothing.
 */
final class SqlHint {
  private static final int DEEPEST = 100;

  private static final Pattern TOKEN =
      Pattern.compile(
          "(?<number>\\d+(?:\\.\\d*)?(?:[eE][+-]?\\d+)?|\\.\\d+(?:[eE][+-]?\\d+)?)"
              // Spark's suffixes for the type of a number.
              + "(?:(?i:BD|[LDFSY])(?![\\p{L}\\p{N}_$]))?"
              + "|(?<word>[\\p{L}_][\\p{L}\\p{N}_$]*)"
              + "|(?<symbol><=>|<=|>=|<>|!=|==|[=<>(),.+-])");

  private enum Kind {
    TEXT,
    QUOTED,
    NUMBER,
    WORD,
    SYMBOL,
    END
  }

  private record Token(Kind kind, String text) {
    boolean is(String keywordOrSymbol) {
      return (kind == Kind.WORD || kind == Kind.SYMBOL) && text.equalsIgnoreCase(keywordOrSymbol);
    }
  }

  /** The text is none of the subset. */
  private static final class NotUnderstood extends Exception {
    private static final long serialVersionUID = 1L;

    NotUnderstood() {
      super("Not understood", null, false, false);
    }
  }

  private final List<Token> tokens;
  private int at;
  private int depth;

  private SqlHint(List<Token> tokens) {
    this.tokens = tokens;
  }

  /** What a hint says; {@link Predicate.Unknown} if it is not understood. */
  static Predicate parse(String sql) {
    try {
      SqlHint parser = new SqlHint(tokens(sql));
      Predicate predicate = parser.or();
      return parser.peek().kind() == Kind.END ? predicate : new Predicate.Unknown();
    } catch (NotUnderstood e) {
      return new Predicate.Unknown();
    }
  }

  private static List<Token> tokens(String sql) throws NotUnderstood {
    List<Token> tokens = new ArrayList<>();
    Matcher matcher = TOKEN.matcher(sql);
    int end = 0;
    while (end < sql.length()) {
      char first = sql.charAt(end);
      if (Character.isWhitespace(first)) {
        end++;
      } else if (first == '\'' || first == '`' || first == '"') {
        end = quoted(sql, end, tokens);
      } else {
        matcher.region(end, sql.length());
        if (!matcher.lookingAt()) {
          throw new NotUnderstood();
        }
        tokens.add(token(matcher));
        end = matcher.end();
      }
    }
    tokens.add(new Token(Kind.END, ""));
    return tokens;
  }

  /**
   * Reads a text or a quoted name, in which a doubled quote stands for one; gives its end. What a
   * backslash means in a text depends on the client: an escape in Spark, itself elsewhere.
   */
  private static int quoted(String sql, int start, List<Token> tokens) throws NotUnderstood {
    char quote = sql.charAt(start);
    StringBuilder text = new StringBuilder();
    for (int i = start + 1; i < sql.length(); i++) {
      if (sql.charAt(i) == '\\') {
        throw new NotUnderstood();
      }
      if (sql.charAt(i) != quote) {
        text.append(sql.charAt(i));
      } else if (i + 1 < sql.length() && sql.charAt(i + 1) == quote) {
        text.append(quote);
        i++;
      } else {
        tokens.add(new Token(quote == '\'' ? Kind.TEXT : Kind.QUOTED, text.toString()));
        return i + 1;
      }
    }
    throw new NotUnderstood();
  }

  private static Token token(Matcher matcher) {
    if (matcher.group("number") != null) {
      return new Token(Kind.NUMBER, matcher.group("number"));
    }
    return new Token(matcher.group("word") != null ? Kind.WORD : Kind.SYMBOL, matcher.group());
  }

  private Token peek() {
    return tokens.get(at);
  }

  private Token next() {
    Token token = tokens.get(at);
    if (token.kind() != Kind.END) {
      at++;
    }
    return token;
  }

  private boolean take(String keywordOrSymbol) {
    if (peek().is(keywordOrSymbol)) {
      at++;
      return true;
    }
    return false;
  }

  private void require(String keywordOrSymbol) throws NotUnderstood {
    if (!take(keywordOrSymbol)) {
      throw new NotUnderstood();
    }
  }

  private Predicate or() throws NotUnderstood {
    if (++depth > DEEPEST) {
      throw new NotUnderstood();
    }
    List<Predicate> operands = new ArrayList<>();
    do {
      operands.add(and());
    } while (take("OR"));
    depth--;
    return operands.size() == 1 ? operands.getFirst() : new Predicate.Or(operands);
  }

  private Predicate and() throws NotUnderstood {
    List<Predicate> operands = new ArrayList<>();
    do {
      operands.add(not());
    } while (take("AND"));
    return operands.size() == 1 ? operands.getFirst() : new Predicate.And(operands);
  }

  private Predicate not() throws NotUnderstood {
    boolean negated = false;
    while (take("NOT")) {
      negated = !negated;
    }
    Predicate operand = primary();
    return negated ? new Predicate.Not(operand) : operand;
  }

  private Predicate primary() throws NotUnderstood {
    if (take("(")) {
      Predicate inner = or();
      require(")");
      return inner;
    }
    if (isColumn()) {
      return about(column());
    }
    Literal literal = literal();
    Operator operator = operator();
    return new Predicate.Comparison(column(), mirrored(operator), literal);
  }

  private boolean isColumn() {
    Token token = peek();
    return token.kind() == Kind.QUOTED
        || (token.kind() == Kind.WORD
            && !token.is("TRUE")
            && !token.is("FALSE")
            && !token.is("NULL")
            && !isTyped());
  }

  /** Whether {@code DATE '…'}, {@code TIMESTAMP '…'} or {@code CAST(…)} comes next. */
  private boolean isTyped() {
    Token token = peek();
    Token after = tokens.get(Math.min(at + 1, tokens.size() - 1));
    return ((token.is("DATE") || token.is("TIMESTAMP") || token.is("TIMESTAMP_NTZ"))
            && after.kind() == Kind.TEXT)
        || (token.is("CAST") && after.is("("));
  }

  private Predicate about(Column column) throws NotUnderstood {
    if (take("IS")) {
      boolean negated = take("NOT");
      require("NULL");
      return negated
          ? new Predicate.Not(new Predicate.IsNull(column))
          : new Predicate.IsNull(column);
    }
    boolean negated = take("NOT");
    if (take("IN")) {
      require("(");
      List<Literal> literals = new ArrayList<>();
      do {
        literals.add(literal());
      } while (take(","));
      require(")");
      return negated(negated, new Predicate.In(column, literals));
    }
    if (take("BETWEEN")) {
      Literal low = literal();
      require("AND");
      Literal high = literal();
      return negated(
          negated,
          Predicate.And.of(
              new Predicate.Comparison(column, Operator.GREATER_THAN_OR_EQUAL, low),
              new Predicate.Comparison(column, Operator.LESS_THAN_OR_EQUAL, high)));
    }
    if (negated) {
      throw new NotUnderstood();
    }
    return new Predicate.Comparison(column, operator(), literal());
  }

  private static Predicate negated(boolean negated, Predicate predicate) {
    return negated ? new Predicate.Not(predicate) : predicate;
  }

  private Column column() throws NotUnderstood {
    List<String> path = new ArrayList<>();
    do {
      Token token = next();
      if (token.kind() != Kind.WORD && token.kind() != Kind.QUOTED) {
        throw new NotUnderstood();
      }
      path.add(token.text());
    } while (take("."));
    return new Column(path);
  }

  private Operator operator() throws NotUnderstood {
    Token token = next();
    if (token.kind() != Kind.SYMBOL) {
      throw new NotUnderstood();
    }
    return switch (token.text()) {
      case "=", "==" -> Operator.EQUAL;
      case "<>", "!=" -> Operator.NOT_EQUAL;
      case "<" -> Operator.LESS_THAN;
      case "<=" -> Operator.LESS_THAN_OR_EQUAL;
      case ">" -> Operator.GREATER_THAN;
      case ">=" -> Operator.GREATER_THAN_OR_EQUAL;
      default -> throw new NotUnderstood();
    };
  }

  private static Operator mirrored(Operator operator) {
    return switch (operator) {
      case EQUAL, NOT_EQUAL -> operator;
      case LESS_THAN -> Operator.GREATER_THAN;
      case LESS_THAN_OR_EQUAL -> Operator.GREATER_THAN_OR_EQUAL;
      case GREATER_THAN -> Operator.LESS_THAN;
      case GREATER_THAN_OR_EQUAL -> Operator.LESS_THAN_OR_EQUAL;
    };
  }

  private Literal literal() throws NotUnderstood {
    if (peek().is("CAST")) {
      next();
      require("(");
      Literal literal = literal();
      require("AS");
      Token type = next();
      require(")");
      return cast(literal, type);
    }
    if (isTyped()) {
      Token type = next();
      return cast(new Literal.Text(next().text()), type);
    }
    if (take("TRUE")) {
      return new Literal.Bool(true);
    }
    if (take("FALSE")) {
      return new Literal.Bool(false);
    }
    boolean negative = take("-");
    if (!negative) {
      take("+");
    }
    Token token = next();
    if (token.kind() == Kind.TEXT && !negative) {
      return new Literal.Text(token.text());
    }
    if (token.kind() != Kind.NUMBER) {
      throw new NotUnderstood();
    }
    BigDecimal number = Values.number(token.text()).orElseThrow(NotUnderstood::new);
    return new Literal.Number(negative ? number.negate() : number);
  }

  private static Literal cast(Literal literal, Token type) throws NotUnderstood {
    Optional<? extends Literal> cast =
        switch (type.text().toUpperCase(Locale.ROOT)) {
          case "DATE" -> text(literal).flatMap(Values::date);
          case "TIMESTAMP" -> text(literal).flatMap(Values::timestamp);
          case "TIMESTAMP_NTZ" -> text(literal).flatMap(Values::localTimestamp);
          // A fraction would be cut off, or rounded.
          case "INT", "INTEGER", "BIGINT", "LONG", "SMALLINT", "TINYINT" ->
              number(literal).map(Literal.Number::new).filter(Literal.Number::isWhole);
          case "FLOAT", "DOUBLE" -> number(literal).map(Literal.Number::new);
          case "STRING", "VARCHAR" -> text(literal).map(Literal.Text::new);
          default -> Optional.empty();
        };
    return cast.orElseThrow(NotUnderstood::new);
  }

  private static Optional<String> text(Literal literal) {
    return literal instanceof Literal.Text(String value) ? Optional.of(value) : Optional.empty();
  }

  private static Optional<BigDecimal> number(Literal literal) {
    return literal instanceof Literal.Number(BigDecimal value)
        ? Optional.of(value)
        : text(literal).flatMap(Values::number);
  }
}
