using Spectre.Console;

namespace GpuPerceptron.Cli.Screens;

/// <summary>A table whose first column holds names and whose others hold numbers.</summary>
internal sealed class NumberTable
{
    private readonly Table _table = new Table().Border(TableBorder.Simple);

    public NumberTable(string name, params ReadOnlySpan<string> numbers)
    {
        _table.AddColumn(new TableColumn(new Text(name)));
        foreach (string heading in numbers)
            _table.AddColumn(new TableColumn(new Text(heading)).RightAligned().NoWrap());
    }

    public NumberTable Add(string name, params ReadOnlySpan<string> numbers)
    {
        _table.AddRow([new Text(name), .. numbers.ToArray().Select(number => new Text(number))]);
        return this;
    }

    public void WriteTo(IAnsiConsole console) => console.Write(_table);
}
