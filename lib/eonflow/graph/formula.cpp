#include <eonflow/graph/formula.hpp>

#include <eonflow/number/error.hpp>
#include <eonflow/number/text.hpp>

#include <cctype>

namespace eonflow::graph {

namespace {

constexpr std::size_t longest_formula = 1'000'000;
constexpr int deepest_nesting = 1000;

/// Recursive descent over: sum = product {(+|-) product}, product = signed {(*|/) signed}, signed = [+|-] signed | power, power = atom [^ signed].
class parser {
public:
    parser(Graph& graph, std::string_view text, const std::map<std::string, node_id, std::less<>>& symbols)
        : graph_(graph), text_(text), symbols_(symbols) {}

    node_id whole() {
        const node_id result = sum();
        if (peek() != '\0') refuse("an operator or the end of the formula");
        return result;
    }

private:
    /// Bounds the recursion, so that hostile input cannot exhaust the stack.
    class level {
    public:
        explicit level(parser& p) : parser_(p) {
            if (++parser_.depth_ > deepest_nesting)
                throw invalid_input("the formula is nested deeper than " + std::to_string(deepest_nesting) + " levels");
        }
        ~level() { --parser_.depth_; }
        level(const level&) = delete;
        level& operator=(const level&) = delete;

    private:
        parser& parser_;
    };

    [[noreturn]] void refuse(const std::string& accepted) const {
        const std::string found = position_ < text_.size() ? "\"" + std::string(text_.substr(position_, 12)) + "\"" : "the end";
        throw invalid_input("found " + found + ", accepted is " + accepted, "column " + std::to_string(position_ + 1));
    }

    char peek() {
        while (position_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[position_])) != 0) ++position_;
        return position_ < text_.size() ? text_[position_] : '\0';
    }

    bool take(char wanted) {
        if (peek() != wanted) return false;
        ++position_;
        return true;
    }

    node_id sum() {
        const level here(*this);
        std::vector<term> terms{{1, product()}};
        for (;;) {
            if (take('+'))
                terms.push_back({1, product()});
            else if (take('-'))
                terms.push_back({-1, product()});
            else
                return graph_.sum(std::move(terms));
        }
    }

    node_id product() {
        node_id result = signed_factor();
        for (;;) {
            const std::size_t start = position_;
            if (take('*')) {
                result = graph_.multiply(result, signed_factor());
            } else if (take('/')) {
                const node_id below = signed_factor();
                if (graph_.is_zero(below)) throw invalid_input("division by zero", "column " + std::to_string(start + 1));
                result = graph_.divide(result, below);
            } else {
                return result;
            }
        }
    }

    node_id signed_factor() {
        const level here(*this);
        if (take('-')) return graph_.scale(-1, signed_factor());
        if (take('+')) return signed_factor();
        return power();
    }

    node_id power() {
        const node_id base = atom();
        if (!take('^')) return base;
        const std::size_t start = position_;
        const node_id exponent = signed_factor();
        try {
            if (graph_.is_constant(exponent)) return graph_.power(base, Rational(graph_[exponent].value));
            return graph_.apply(function::exp, graph_.multiply(exponent, graph_.apply(function::log, base)));
        } catch (const invalid_input& problem) {
            throw problem.within("column " + std::to_string(start + 1));
        }
    }

    node_id atom() {
        const char next = peek();
        if (take('(')) {
            const node_id inner = sum();
            if (!take(')')) refuse("\")\"");
            return inner;
        }
        if (std::isdigit(static_cast<unsigned char>(next)) != 0 || next == '.') return number_literal();
        if (std::isalpha(static_cast<unsigned char>(next)) != 0 || next == '_') return name();
        refuse("a number, a name or \"(\"");
    }

    node_id number_literal() {
        const std::size_t start = position_;
        const auto digits = [this] {
            while (position_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[position_])) != 0) ++position_;
        };
        digits();
        if (position_ < text_.size() && text_[position_] == '.') {
            ++position_;
            digits();
        }
        if (position_ < text_.size() && (text_[position_] == 'e' || text_[position_] == 'E')) {
            ++position_;
            if (position_ < text_.size() && (text_[position_] == '-' || text_[position_] == '+')) ++position_;
            digits();
        }
        try {
            return graph_.constant(number::parse_rational(text_.substr(start, position_ - start)));
        } catch (const invalid_input& problem) {
            throw problem.within("column " + std::to_string(start + 1));
        }
    }

    node_id name() {
        const std::size_t start = position_;
        while (position_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[position_])) != 0 || text_[position_] == '_')) ++position_;
        const std::string_view word = text_.substr(start, position_ - start);
        if (peek() == '(') {
            function f{};
            const bool square_root = word == "sqrt";
            if (!square_root && !find_function(word, f)) {
                position_ = start;
                refuse("a function among sqrt, " + function_list());
            }
            ++position_;
            const node_id argument = sum();
            if (!take(')')) refuse("\")\"");
            return square_root ? graph_.power(argument, Rational(1, 2)) : graph_.apply(f, argument);
        }
        const auto found = symbols_.find(word);
        if (found == symbols_.end()) {
            std::string known;
            for (const auto& [symbol, id] : symbols_) known += (known.empty() ? "" : ", ") + symbol;
            throw invalid_input("the name \"" + std::string(word) + "\" is unknown, accepted is one of " + known, "column " + std::to_string(start + 1));
        }
        return found->second;
    }

    static std::string function_list() {
        std::string names;
        for (int f = 0; f <= static_cast<int>(function::expm1); ++f) names += (f == 0 ? "" : ", ") + std::string(name_of(static_cast<function>(f)));
        return names;
    }

    Graph& graph_;
    std::string_view text_;
    const std::map<std::string, node_id, std::less<>>& symbols_;
    std::size_t position_ = 0;
    int depth_ = 0;
};

}  // namespace

node_id parse_formula(Graph& graph, std::string_view text, const std::map<std::string, node_id, std::less<>>& symbols) {
    if (text.size() > longest_formula) throw invalid_input("the formula is longer than 1 million characters");
    return parser(graph, text, symbols).whole();
}

}  // namespace eonflow::graph
