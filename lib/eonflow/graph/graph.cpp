#include <eonflow/graph/graph.hpp>

#include <eonflow/number/error.hpp>
#include <eonflow/number/text.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <tuple>
#include <unordered_map>

namespace eonflow::graph {

namespace {

constexpr std::array<std::string_view, 16> function_names = {"exp",  "log",  "sin",  "cos",  "tan",  "sinh",  "cosh",
                                                             "tanh", "asin", "acos", "atan", "asinh", "acosh", "atanh", "log1p", "expm1"};
constexpr int largest_integer_exponent = 10'000;
constexpr std::size_t largest_constant_bits = std::size_t{1} << 24;  // twice what number::parse_rational takes
// Numbers this long are counted, and all of one graph together take no more than most_long_bits: "x*1e999999*1e999999" can go on.
constexpr std::size_t long_bits = std::size_t{1} << 16, most_long_bits = std::size_t{1} << 28;

/// In base 32, which takes time in proportion to the length; it is only compared.
std::string digits_of(const Rational& value) {
    const auto& raw = value.backend().data();
    std::string text(mpz_sizeinbase(mpq_numref(raw), 32) + mpz_sizeinbase(mpq_denref(raw), 32) + 3, '\0');
    mpq_get_str(text.data(), 32, raw);
    text.resize(text.find('\0'));
    return text;
}

std::string key_of(const node& n) {
    std::string key(1, static_cast<char>('0' + static_cast<int>(n.what)));
    key += static_cast<char>('A' + static_cast<int>(n.name));
    if (n.argument != none) key += std::to_string(n.argument);
    key += '|';
    key += digits_of(n.value);
    for (const term& t : n.terms) {
        key += ';';
        key += digits_of(t.coefficient);
        key += ',';
        key += std::to_string(t.left);
        if (t.right != none) {
            key += ',';
            key += std::to_string(t.right);
        }
    }
    return key;
}

}  // namespace

std::string_view name_of(function f) noexcept { return function_names[static_cast<std::size_t>(f)]; }

bool find_function(std::string_view name, function& found) noexcept {
    const auto position = std::find(function_names.begin(), function_names.end(), name);
    if (position == function_names.end()) return false;
    found = static_cast<function>(position - function_names.begin());
    return true;
}

struct Graph::index {
    std::unordered_map<std::string, node_id> ids;
    std::size_t spent = 0;  ///< bits of long numbers

    /// Bounds the numbers that come up, before they cost memory and time.
    void spend(const Rational& value) {
        const auto& raw = value.backend().data();
        const std::size_t bits = mpz_sizeinbase(mpq_numref(raw), 2) + mpz_sizeinbase(mpq_denref(raw), 2);
        if (bits > largest_constant_bits) throw invalid_input("a constant of the formula has more than the accepted " + std::to_string(largest_constant_bits) + " bits");
        if (bits >= long_bits) spent += bits;
        if (spent > most_long_bits) throw invalid_input("the long constants of the formula take more than the accepted " + std::to_string(most_long_bits) + " bits");
    }
};

Graph::Graph() : index_(std::make_unique<index>()) {}
Graph::~Graph() = default;
Graph::Graph(const Graph& other)
    : nodes_(other.nodes_), inputs_(other.inputs_), input_names_(other.input_names_), index_(std::make_unique<index>(*other.index_)) {}
Graph::Graph(Graph&&) noexcept = default;
Graph& Graph::operator=(const Graph& other) { return *this = Graph(other); }
Graph& Graph::operator=(Graph&&) noexcept = default;

node_id Graph::intern(node&& candidate) {
    index_->spend(candidate.value);
    for (const term& t : candidate.terms) index_->spend(t.coefficient);
    const auto [position, is_new] = index_->ids.try_emplace(key_of(candidate), static_cast<node_id>(nodes_.size()));
    if (is_new) nodes_.push_back(std::move(candidate));
    return position->second;
}

node_id Graph::input(std::string name) {
    node n;
    n.what = kind::input;
    n.argument = static_cast<node_id>(inputs_.size());
    const node_id id = intern(std::move(n));
    inputs_.push_back(id);
    input_names_.push_back(std::move(name));
    return id;
}

node_id Graph::constant(const Rational& value) {
    node n;
    n.value = value;
    return intern(std::move(n));
}

node_id Graph::sum(std::vector<term> terms, const Rational& constant_part) {
    Rational rest = constant_part;
    std::map<std::pair<node_id, node_id>, Rational> collected;
    // A sum of one term is only a scaled product; its factor belongs to the coefficient.
    const auto strip_scale = [this](node_id& factor, Rational& coefficient) {
        while (factor != none) {
            const node& n = nodes_[factor];
            if (n.what == kind::constant) {
                coefficient *= n.value;
                factor = none;
            } else if (n.what == kind::sum && n.value == 0 && n.terms.size() == 1 && n.terms[0].right == none) {
                coefficient *= n.terms[0].coefficient;
                factor = n.terms[0].left;
            } else {
                break;
            }
        }
    };
    for (term& t : terms) {
        strip_scale(t.left, t.coefficient);
        strip_scale(t.right, t.coefficient);
        if (t.left == none) std::swap(t.left, t.right);
        if (t.left == none) {
            index_->spend(rest += t.coefficient);
            continue;
        }
        if (t.right == none) {
            const node& n = nodes_[t.left];
            if (n.what == kind::sum && n.value == 0 && n.terms.size() == 1) {
                t.coefficient *= n.terms[0].coefficient;
                const term inner = n.terms[0];
                t.left = inner.left, t.right = inner.right;
            }
        }
        if (t.right != none && t.right < t.left) std::swap(t.left, t.right);
        Rational& coefficient = collected[{t.left, t.right}];
        index_->spend(coefficient += t.coefficient);
    }
    node n;
    n.what = kind::sum;
    n.value = rest;
    for (auto& [factors, coefficient] : collected)
        if (coefficient != 0) n.terms.push_back({coefficient, factors.first, factors.second});
    if (n.terms.empty()) return constant(rest);
    if (rest == 0 && n.terms.size() == 1 && n.terms[0].right == none && n.terms[0].coefficient == 1) return n.terms[0].left;
    return intern(std::move(n));
}

node_id Graph::add(node_id a, node_id b) { return sum({{1, a}, {1, b}}); }
node_id Graph::subtract(node_id a, node_id b) { return sum({{1, a}, {-1, b}}); }
node_id Graph::multiply(node_id a, node_id b) { return sum({{1, a, b}}); }
node_id Graph::scale(const Rational& factor, node_id a) { return sum({{factor, a}}); }
node_id Graph::divide(node_id a, node_id b) { return multiply(a, power(b, -1)); }

node_id Graph::dot(std::span<const node_id> a, std::span<const node_id> b) {
    std::vector<term> terms;
    terms.reserve(a.size());
    for (std::size_t k = 0; k < a.size(); ++k) terms.push_back({1, a[k], b[k]});
    return sum(std::move(terms));
}

node_id Graph::product(std::span<const node_id> factors) {
    if (factors.empty()) return constant(1);
    if (factors.size() == 1) return factors[0];
    const std::size_t half = factors.size() / 2;
    return multiply(product(factors.first(half)), product(factors.subspan(half)));
}

node_id Graph::power(node_id base, const Rational& exponent) {
    if (is_constant(base) && denominator(exponent) == 1) {
        if (nodes_[base].value == 0 && exponent < 0) throw invalid_input("division by zero in a formula");
    }
    if (exponent == 0) return constant(1);
    if (exponent == 1) return base;
    if (denominator(exponent) == 1) {
        if (abs(exponent) > largest_integer_exponent)
            throw invalid_input("the exponent " + number::to_text(exponent) + " is beyond " + std::to_string(largest_integer_exponent));
        if (exponent > 0) {
            const auto whole = exponent.convert_to<int>();
            const node_id half = power(base, whole / 2);
            const node_id square = multiply(half, half);
            return whole % 2 == 0 ? square : multiply(square, base);
        }
        if (is_constant(base)) return power(constant(1 / nodes_[base].value), -exponent);
        if (exponent != -1) return power(power(base, -1), -exponent);
    }
    // (c x)^-1 = c^-1 x^-1 keeps constants out of the recurrences.
    if (exponent == -1 && nodes_[base].what == kind::sum && nodes_[base].value == 0 && nodes_[base].terms.size() == 1 &&
        nodes_[base].terms[0].coefficient != 1) {
        const term inner = nodes_[base].terms[0];
        return scale(1 / inner.coefficient, power(sum({{1, inner.left, inner.right}}), -1));
    }
    if (exponent == -1 && nodes_[base].what == kind::power && nodes_[base].value == -1) return nodes_[base].argument;
    node n;
    n.what = kind::power;
    n.argument = base;
    n.value = exponent;
    return intern(std::move(n));
}

node_id Graph::apply(function f, node_id argument) {
    if (is_zero(argument)) {
        if (f == function::exp || f == function::cos || f == function::cosh) return constant(1);
        if (f != function::log && f != function::acos && f != function::acosh) return constant(0);
    }
    node n;
    n.what = kind::function;
    n.name = f;
    n.argument = argument;
    return intern(std::move(n));
}

node_id Graph::slope(node_id u) {
    const node n = nodes_[u];
    const node_id x = n.argument;
    if (n.what == kind::power) return scale(n.value, n.value == -1 ? multiply(u, u) : power(x, n.value - 1));
    const auto one_plus = [this](const Rational& sign, node_id a) { return sum({{sign, a, a}}, 1); };
    switch (n.name) {
        case function::exp: return u;
        case function::log: return power(x, -1);
        case function::sin: return apply(function::cos, x);
        case function::cos: return scale(-1, apply(function::sin, x));
        case function::tan: return one_plus(1, u);
        case function::sinh: return apply(function::cosh, x);
        case function::cosh: return apply(function::sinh, x);
        case function::tanh: return one_plus(-1, u);
        case function::asin: return power(one_plus(-1, x), Rational(-1, 2));
        case function::acos: return scale(-1, power(one_plus(-1, x), Rational(-1, 2)));
        case function::atan: return power(one_plus(1, x), -1);
        case function::asinh: return power(one_plus(1, x), Rational(-1, 2));
        case function::acosh: return power(sum({{1, x, x}}, -1), Rational(-1, 2));
        case function::atanh: return power(one_plus(-1, x), -1);
        case function::log1p: return power(sum({{1, x}}, 1), -1);
        case function::expm1: return sum({{1, u}}, 1);
    }
    return none;
}

std::vector<node_id> reachable(const Graph& graph, std::span<const node_id> outputs) {
    std::vector<bool> wanted(graph.size(), false);
    for (const node_id id : outputs) wanted[id] = true;
    for (node_id id = static_cast<node_id>(graph.size()); id-- > 0;) {
        if (!wanted[id]) continue;
        const node& n = graph[id];
        if (n.what == kind::power || n.what == kind::function) wanted[n.argument] = true;
        for (const term& t : n.terms) {
            wanted[t.left] = true;
            if (t.right != none) wanted[t.right] = true;
        }
    }
    std::vector<node_id> order;
    for (node_id id = 0; id < graph.size(); ++id)
        if (wanted[id]) order.push_back(id);
    return order;
}

std::vector<node_id> transplant(const Graph& from, std::span<const node_id> outputs, Graph& to, std::span<const node_id> inputs, std::span<const node_id> zero) {
    std::vector<node_id> image(from.size(), none);
    for (const node_id id : zero) image[id] = to.constant(0);
    for (const node_id id : reachable(from, outputs)) {
        if (image[id] != none) continue;
        const node& n = from[id];
        switch (n.what) {
            case kind::input: image[id] = inputs[n.argument]; break;
            case kind::constant: image[id] = to.constant(n.value); break;
            case kind::power: image[id] = to.power(image[n.argument], n.value); break;
            case kind::function: image[id] = to.apply(n.name, image[n.argument]); break;
            case kind::sum: {
                std::vector<term> terms = n.terms;
                for (term& t : terms) {
                    t.left = image[t.left];
                    if (t.right != none) t.right = image[t.right];
                }
                image[id] = to.sum(std::move(terms), n.value);
                break;
            }
        }
    }
    std::vector<node_id> copies;
    for (const node_id id : outputs) copies.push_back(image[id]);
    return copies;
}

bool is_rational(const Graph& graph, std::span<const node_id> outputs) {
    const auto order = reachable(graph, outputs);
    return std::all_of(order.begin(), order.end(), [&](node_id id) {
        return graph[id].what != kind::function && (graph[id].what != kind::power || graph[id].value == -1);
    });
}

bool homogeneous_degree(const Graph& graph, node_id output, std::span<const std::size_t> variables, Rational& degree) {
    std::vector<std::optional<Rational>> degrees(graph.size());
    for (const node_id id : reachable(graph, std::span(&output, 1))) {
        const node& n = graph[id];
        std::optional<Rational>& here = degrees[id];
        switch (n.what) {
            case kind::input: here = std::find(variables.begin(), variables.end(), n.argument) != variables.end() ? 1 : 0; break;
            case kind::constant: here = 0; break;
            case kind::power:
                if (degrees[n.argument]) here = *degrees[n.argument] * n.value;
                break;
            case kind::function:
                if (degrees[n.argument] && *degrees[n.argument] == 0) here = 0;
                break;
            case kind::sum: {
                bool same = true;
                if (n.value != 0) here = 0;
                for (const term& t : n.terms) {
                    const auto& left = degrees[t.left];
                    std::optional<Rational> of_term = left;
                    if (of_term && t.right != none) {
                        if (degrees[t.right])
                            *of_term += *degrees[t.right];
                        else
                            of_term.reset();
                    }
                    same = same && of_term && (!here || *here == *of_term);
                    if (!same) break;
                    here = of_term;
                }
                if (!same) here.reset();
                break;
            }
        }
    }
    if (!degrees[output]) return false;
    degree = *degrees[output];
    return true;
}

bool is_linear(const Graph& graph, node_id output, std::span<const std::size_t> variables) {
    // 0: free of the variables, 1: linear, 2: neither.
    std::vector<int> order(graph.size(), 0);
    for (const node_id id : reachable(graph, std::span(&output, 1))) {
        const node& n = graph[id];
        int& here = order[id];
        if (n.what == kind::input) here = std::find(variables.begin(), variables.end(), n.argument) != variables.end() ? 1 : 0;
        if (n.what == kind::power || n.what == kind::function) here = order[n.argument] == 0 ? 0 : 2;
        if (n.what != kind::sum) continue;
        bool any_free = n.value != 0;
        for (const term& t : n.terms) {
            const int of_term = order[t.left] + (t.right == none ? 0 : order[t.right]);
            here = std::max(here, std::min(of_term, 2));
            any_free = any_free || of_term == 0;
        }
        if (here == 1 && any_free) here = 2;
    }
    return order[output] == 1;
}

}  // namespace eonflow::graph
