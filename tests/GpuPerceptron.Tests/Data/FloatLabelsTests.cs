using GpuPerceptron.Data;
using Xunit;

namespace GpuPerceptron.Tests.Data;

public sealed class FloatLabelsTests
{
    [Fact]
    public void Labels_become_numbers_and_nothing_else_changes()
    {
        for (int count = 0; count < 40; count++)
        {
            byte[] labels = [.. Enumerable.Range(0, count).Select(i => (byte)(i * i % 3 % 2))];
            float[] target = [.. Enumerable.Repeat(-1f, count + 1)];
            FloatLabels.Write(labels, target);
            Assert.Equal(labels.Select(label => (float)label), target[..count]);
            Assert.Equal(-1f, target[count]);
        }
    }
}
