#define BOOST_TEST_MODULE eonflow
#include <boost/test/unit_test.hpp>
