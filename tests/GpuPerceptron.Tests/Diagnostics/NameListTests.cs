using GpuPerceptron.Diagnostics;
using Xunit;

namespace GpuPerceptron.Tests.Diagnostics;

public sealed class NameListTests
{
    [Theory]
    [InlineData("age", "age"), InlineData("age,income", "age|income"), InlineData(" age , my income ,", "age|my income"), InlineData(",", "")]
    [InlineData("\"price, net\",age", "price, net|age"), InlineData("age, \"price, \"\"net\"\"\" ", "age|price, \"net\""), InlineData("\"\"", "")]
    [InlineData("size 3\"", "size 3\""), InlineData("\"a\"b,c", "\"a\"b|c"), InlineData("\"a,b", "\"a|b"), InlineData("", "")]
    public void Names_are_told_apart(string text, string names) => Assert.Equal(names, string.Join('|', NameList.Split(text)));

    [Fact]
    public void What_is_joined_is_split_again()
    {
        string[] names = ["age", "price, \"net\"", "\"", "a b", ",", "it's"];
        Assert.Equal(names, NameList.Split(NameList.Join(names)));
    }
}
