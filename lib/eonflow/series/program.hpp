#pragma once
/// A vector field as a flat program of recurrences for Taylor coefficients, one per variable; what every series engine runs.

#include <eonflow/graph/graph.hpp>

#include <limits>

namespace eonflow::series {

using number::Rational;
using slot = std::uint32_t;
inline constexpr slot nothing = ~slot{0};

enum class rule : std::uint8_t {
    state,       ///< y' = constant + terms:       (k+1) y_{k+1} = h (constant [k = 0] + terms_k)
    parameter,   ///< constant in time
    sum,         ///< u = constant + terms
    reciprocal,  ///< u v = 1:                     v_0 u_k = -sum_{j=1..k} v_j u_{k-j}
    power,       ///< u = v^r, v u' = r v' u:      k v_0 u_k = r sum_{j=1..k} j v_j u_{k-j} - sum_{j=1..k-1} v_j (k-j) u_{k-j}
    function     ///< u' = factor g v':            k u_k = factor sum_{j=1..k} j v_j g_{k-j}
};

/// coefficient * left * right, or coefficient * left where right is `nothing`.
struct product {
    Rational coefficient;
    slot left = nothing;
    slot right = nothing;
};

inline constexpr int unbounded = std::numeric_limits<int>::max();

struct variable {
    rule how = rule::sum;
    graph::function name = graph::function::exp;  ///< of a function
    slot argument = nothing;                      ///< v of a reciprocal, power or function
    slot slope = nothing;                         ///< g of a function: the derivative with respect to its argument is factor * g; of a power maybe r v
    Rational value;                               ///< constant of a sum or state, exponent r of a power, factor of a function
    std::vector<product> terms;                   ///< of a sum or state
    int degree = unbounded;                       ///< orders above it vanish identically
};

/// At order k each variable needs order k of its terms and argument, which stand before it, and lower orders of its slope.
/// States come first, then parameters; states alone may be used before they are written, being known one order ahead.
struct program {
    std::vector<variable> variables;
    std::size_t states = 0;
    std::size_t parameters = 0;
};

/// The recurrences of `field`: closed under the slopes of its functions, without dead code; a sum that is used once, as a plain summand, is merged into its user;
/// with common parts made once.
/// Throws invalid_input if the field has fewer inputs than derivatives.
[[nodiscard]] program compile(graph::vector_field field);

/// The same program with fewer products: a factor that several products of a sum share is taken out, and products and sums that occur more than once are made once.
[[nodiscard]] program with_common_parts(const program& p);

inline constexpr int most_factor = 1 << 12;

/// The same program with more variables, all of whose coefficients and factors are integers up to most_factor: the products of one variable have one coefficient
/// up to its sign, and every power v^r has the slope r v. States and parameters keep their places.
[[nodiscard]] program with_integer_factors(const program& p);

}  // namespace eonflow::series
