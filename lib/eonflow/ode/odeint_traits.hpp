#pragma once
/// Include before any Odeint header: Odeint of Boost < 1.85 follows value_type without end into Boost.Multiprecision numbers.

#include <boost/version.hpp>

#if BOOST_VERSION < 108500
#include <boost/mpl/bool.hpp>
#include <boost/multiprecision/number.hpp>
#include <boost/numeric/odeint/algebra/detail/extract_value_type.hpp>

template <class Backend, boost::multiprecision::expression_template_option Option>
struct has_value_type<boost::multiprecision::number<Backend, Option>, mpl_::bool_<false>> : mpl_::bool_<false> {};
#endif
